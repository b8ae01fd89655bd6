import type { EnergyAt } from "../advice.js";
import { bears } from "../beside.js";
import { indistinct } from "../indistinct.js";
import {
  energyIsFlat,
  energyIsHigh,
  mostEnergy,
  mostTrained,
  probingWasRising,
  pushingEvenly,
  type ProbedFacts,
} from "../probed.js";
import type { ProbedRule } from "../rule.js";
import { bySize, firstEpoch, larger, partial } from "./next.js";
import { energyRules, unfinished } from "./seen.js";
import { testRules } from "./tested.js";

/** What probing alone says, in the order in which it is said. */

export const suggests: readonly ProbedRule[] = [
  {
    id: "suggested",
    source: "Before fine-tuning",
    when: () => true,
    numbers: ({ probed: { tau, score }, interval, share, metric, suggested, strongExcluded }) => ({
      probed: { tau, score, interval },
      share,
      chance: metric.chance,
      regimes: suggested,
      strongExcluded,
    }),
  },
];

export const seenInProbing: readonly ProbedRule[] = [
  unfinished,
  ...energyRules,
  {
    id: "energy-flat",
    source: "Energy",
    when: energyIsFlat,
    numbers: (f) => ({ highest: energyAt(mostEnergy(f)), lowest: energyAt(f.lowest) }),
  },
  {
    id: "generalisation-gap",
    source: "Before fine-tuning",
    when: (f) => gapOf(f) > 0.2 * (1 - f.metric.chance),
    numbers: (f) => {
      const { tau, trainScore, score } = mostTrained(f);
      return { tau, train: trainScore!, validation: score };
    },
  },
  {
    id: "pull",
    source: "Before fine-tuning",
    when: ({ probed }) => probed.pull !== null,
    numbers: ({ probed: { tau, pull } }) => ({ tau, pull: pull! }),
  },
];

export const nextAfterProbing: readonly ProbedRule[] = [
  {
    id: "candidates",
    source: "Before fine-tuning",
    when: (f) => f.regime !== "strong" && !f.dialled && f.probing.length > 1 && indistinct(f) === null,
    action: (f) => ({ option: "taus", value: pushingEvenly(f, 4).map(({ tau }) => tau) }),
    numbers: (f) => ({ heads: pushingEvenly(f, 4).map(energyAt) }),
  },
  { ...bySize, when: (f) => f.regime !== "strong" && indistinct(f) !== null },
  { ...firstEpoch, when: ({ regime, dialled }) => regime === "strong" && !dialled },
  {
    id: "probe-long",
    source: "Before fine-tuning",
    when: (f) =>
      f.regime !== "strong" && !f.dialled && !f.probing.some(({ tau }) => tau === "converged") && !probingWasRising(f),
    numbers: () => ({}),
  },
  {
    ...larger,
    when: (f) =>
      f.head === "linear" &&
      bears(f.asked, "head") &&
      f.probeLoss === "ce" &&
      !f.regimes.includes("strong") &&
      energyIsHigh(f) &&
      underfits(f),
  },
  partial,
  {
    id: "fine-tune",
    source: "Before fine-tuning",
    when: () => true,
    numbers: () => ({}),
  },
  ...testRules,
];

function energyAt({ tau, energy }: EnergyAt): EnergyAt {
  return { tau, energy };
}

/** How much better the head that was trained longest knows its training samples than others; 0 where it is not known. */
function gapOf(f: ProbedFacts): number {
  const { trainScore, score } = mostTrained(f);
  return trainScore === null ? 0 : trainScore - score;
}

/** The head cannot fit its training samples, so that a larger one could use what the features know. */
function underfits(f: ProbedFacts): boolean {
  const { trainScore } = mostTrained(f);
  return trainScore !== null && trainScore - f.metric.chance < 0.9 * (1 - f.metric.chance);
}
