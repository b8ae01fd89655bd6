import type { EnergyAt } from "../advice.js";
import { isOptimum, spread } from "../../probe/taus.js";
import { indistinct } from "../indistinct.js";
import { energyIsFlat, energyIsHigh, mostEnergy, mostTrained, probingWasRising, type ProbedFacts } from "../probed.js";
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
    when: (f) => f.regime !== "strong" && f.probing.length > 1 && indistinct(f) === null,
    // What `auto` takes, where it is that: it reaches no optimum by itself, and tries two rates.
    action: (f) => {
      const taus = fourEvenly(f).map(({ tau }) => tau);
      return { option: "taus", value: taus.some(isOptimum) ? taus : "auto" };
    },
    numbers: (f) => ({ heads: fourEvenly(f) }),
  },
  { ...bySize, when: (f) => f.regime !== "strong" && indistinct(f) !== null },
  { ...firstEpoch, when: ({ regime }) => regime === "strong" },
  {
    id: "probe-long",
    source: "Before fine-tuning",
    when: (f) => f.regime !== "strong" && !f.probing.some(({ tau }) => tau === "converged") && !probingWasRising(f),
    numbers: () => ({}),
  },
  {
    ...larger,
    when: (f) =>
      f.head === "linear" && f.probeLoss === "ce" && !f.regimes.includes("strong") && energyIsHigh(f) && underfits(f),
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

/** Evenly in energy, as `taus: "auto"` would take them, of heads that leave some: without any, nothing moves. */
function fourEvenly({ probing, shortest }: ProbedFacts): EnergyAt[] {
  const pushing = probing.filter(({ energy }) => energy >= 0.01 * shortest.energy);
  const taus = spread(pushing, 4);
  return pushing.filter(({ tau }) => taus.includes(tau)).map(energyAt);
}
