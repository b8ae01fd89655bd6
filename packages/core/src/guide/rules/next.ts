import { verdictOf } from "../../measures/intervals.js";
import { compareTaus, energyAsked, isDialled, type Tau } from "../../probe/taus.js";
import { bears } from "../beside.js";
import {
  isClose,
  isLevel,
  isUnknown,
  isWorse,
  leastMoved,
  makesNoDifference,
  mayBeTiny,
  neitherIsGood,
  type Facts,
} from "../facts.js";
import { evenlyInSize, indistinct } from "../indistinct.js";
import { energyIsHigh, probingWasRising, pushingEvenly, type ProbedFacts } from "../probed.js";
import type { Rule, RuleOf } from "../rule.js";
import { testRules } from "./tested.js";

/** The first epoch takes much of the energy: these look inside it. */
const fractions: readonly Tau[] = [0, 0.125, 0.5, 1];

/** Of the lowest rate that failed: it may have been found, so that finding one is no remedy. */
function aThird({ diverged, collapsed }: Facts): "auto" | number {
  const rates = [...diverged, ...collapsed].flatMap(({ learningRate }) => learningRate ?? []);
  return rates.length > 0 ? Number((Math.min(...rates) / 3).toPrecision(2)) : "auto";
}

/** Whether the run from the least energy ended below another, measurably or not. */
function leastEnergyIsBehind({ winner, rivals, byEnergy }: Facts): boolean {
  const least = byEnergy.findLast(({ tau }) => tau === winner.tau || rivals.some((rival) => rival.tau === tau));
  const rival = rivals.find(({ tau }) => tau === least?.tau);
  return rival !== undefined && rival.behind.difference > 0;
}

/** Features that suit the task, or seem to, behind a head that cannot use them. */
export const larger: RuleOf<"larger-head", ProbedFacts> = {
  id: "larger-head",
  source: "Regimes",
  when: (f) =>
    f.regime === "tiny" && f.head === "linear" && bears(f.asked, "head") && f.probeLoss === "ce" && energyIsHigh(f),
  action: () => ({ option: "head", value: "mlp" }),
  numbers: () => ({}),
};

/** To be given its own condition. */
export const bySize: Omit<RuleOf<"taus-by-size", ProbedFacts>, "when"> = {
  id: "taus-by-size",
  source: "Energy",
  action: (f) => ({ option: "taus", value: evenlyInSize(indistinct(f)!) }),
  numbers: (f) => {
    const { heads } = indistinct(f)!;
    return { from: heads[0]!.tau, to: heads.at(-1)!.tau };
  },
};

/** To be given its own condition. */
export const firstEpoch: Omit<RuleOf<"probe-little", ProbedFacts>, "when"> = {
  id: "probe-little",
  source: "Regimes",
  action: () => ({ option: "taus", value: fractions }),
  numbers: () => ({}),
};

export const partial: RuleOf<"partial-backbone", ProbedFacts> = {
  id: "partial-backbone",
  source: "Regimes",
  when: (f) =>
    f.regime === "strong" && !probingWasRising(f) && f.reinitialisedBlocks === 0 && bears(f.asked, "reinitBlocks"),
  action: () => ({ option: "reinitBlocks", value: 1 }),
  numbers: () => ({}),
};

/** What to try next. */
export const next: readonly Rule[] = [
  {
    id: "lower-rate",
    source: "The rate confounds tau",
    when: ({ diverged, collapsed }) => diverged.length + collapsed.length > 0,
    action: (f) => ({ option: "lr", value: aThird(f) }),
    numbers: ({ diverged, collapsed, growingSteps }) => ({
      grows: growingSteps,
      taus: diverged.map(({ tau }) => tau),
      collapsed: collapsed.map(({ tau }) => tau),
    }),
  },
  {
    id: "least-moved",
    source: "Choosing in practice",
    when: (f) => {
      const least = leastMoved(f);
      if (!least || !makesNoDifference(f) || f.regimes.length === 0 || probesAlone(f)) return false;
      // What may be much worse for all that is known is not to be preferred for moving less.
      return least === f.winner || f.rivals.some(({ tau, behind }) => tau === least.tau && isClose(behind, f));
    },
    numbers: (f) => ({ tau: leastMoved(f)!.tau }),
  },
  {
    id: "probing-alone",
    source: "Regimes",
    when: probesAlone,
    action: () => ({ option: "method", value: "lp" }),
    numbers: ({ gain }) => ({ gain }),
  },
  {
    id: "probe-long",
    source: "Regimes",
    when: (f) =>
      mayBeTiny(f) &&
      !f.dialled &&
      !f.tried.includes("converged") &&
      !probingWasRising(f) &&
      !placeSpeaks(f) &&
      (f.regime === "tiny" || !leastEnergyIsBehind(f)),
    action: ({ tried }) => ({ option: "taus", value: [...tried, "converged"] }),
    numbers: () => ({}),
  },
  larger,
  {
    id: "around-the-middle",
    source: "Regimes",
    when: (f) => placeSpeaks(f) && place(f) === "middle",
    numbers: (f) => ({ between: neighbours(f) }),
  },
  {
    id: "less-energy",
    source: "Regimes",
    when: (f) => !f.dialled && placeSpeaks(f) && place(f) === "least" && !f.tried.includes("converged"),
    action: ({ tried }) => ({ option: "taus", value: [...tried, "converged"] }),
    numbers: ({ winner }) => ({ tau: winner.tau }),
  },
  {
    id: "stop-early",
    source: "Regimes",
    when: (f) => placeSpeaks(f) && place(f) === "most" && typeof f.winner.tau === "number",
    action: () => ({ option: "taus", value: fractions }),
    numbers: ({ winner }) => ({ tau: winner.tau }),
  },
  {
    ...firstEpoch,
    when: (f) =>
      f.regime === "strong" &&
      !f.dialled &&
      !probingWasRising(f) &&
      !f.tried.some((tau) => typeof tau === "number" && tau > 0 && tau < 1),
  },
  partial,
  { ...bySize, when: triesFewSizes },
  {
    id: "more-taus",
    source: "Choosing in practice",
    when: (f) => f.tried.length === 1 && !f.dialled && !triesFewSizes(f),
    // In every fold `auto` would find other taus.
    action: (f) =>
      f.asked.given.includes("folds") ? { option: "taus", value: several(f) } : { option: "starts", value: 3 },
    numbers: ({ winner }) => ({ tau: winner.tau }),
  },
  {
    id: "other-energies",
    source: "Choosing in practice",
    when: (f) => f.dialled && (place(f) === "alone" || (placeSpeaks(f) && place(f) !== "middle")),
    numbers: (f) => ({ energy: energyWon(f), place: ends[place(f)] }),
  },
  {
    id: "more-epochs",
    source: "Choosing in practice",
    when: (f) => f.epochs > 0 && f.winner.bestEpoch >= f.epochs && !probesAlone(f),
    action: ({ epochs }) => ({ option: "epochs", value: 2 * epochs }),
    numbers: ({ epochs }) => ({ epochs }),
  },
  {
    id: "more-seeds",
    source: "Choosing in practice",
    when: (f) => f.seeds === 1 && f.rivals.some((rival) => isLevel(rival) || isUnknown(rival)),
    action: () => ({ option: "seed", value: [1, 2] }),
    numbers: () => ({}),
  },
  ...testRules,
  {
    id: "calibrate",
    source: "Calibration",
    when: ({ temperature }) => temperature !== null,
    numbers: ({ temperature }) => temperature!,
  },
];

/**
 * Fine-tuning measurably loses, or adds little at the very most. Where neither is good it was not given its chance.
 */
function probesAlone(f: Facts): boolean {
  if (!mayBeTiny(f)) return false;
  return verdictOf(f.gain) === "below" || (verdictOf(f.gain) === "level" && isClose(f.gain, f) && !neitherIsGood(f));
}

/** Fewer than three of the taus are among the heads that energy does not tell apart, and nothing else says where to look. */
function triesFewSizes(f: Facts): boolean {
  const alike = f.regime === "strong" || placeSpeaks(f) || probesAlone(f) ? null : indistinct(f);
  return alike !== null && alike.heads.filter(({ tau }) => f.tried.includes(tau)).length < 3;
}

/** Evenly in energy; where fewer heads were measured, from tau to tau four times as long, as far as was probed. */
function several(f: Facts): Tau[] {
  const evenly = pushingEvenly(f, 3).map(({ tau }) => tau);
  if (evenly.length === 3) return evenly;
  const usual = [0, 1, 4, 16].filter((tau) => tau <= f.asked.probeEpochs);
  return [...new Set([...usual, ...f.tried])].sort(compareTaus);
}

/** Where the winner stands among the taus says something: features half suit the task, and some tau is measurably worse. */
function placeSpeaks(f: Facts): boolean {
  return f.regimes.includes("mild") && !f.regimes.includes("strong") && f.rivals.some(isWorse) && place(f) !== "alone";
}

/** By energy, not by tau: an optimum with a penalty may leave more than a long probing. */
function place({ winner, byEnergy }: Facts): "most" | "middle" | "least" | "alone" {
  if (byEnergy.length < 2 || byEnergy.every(({ tau }) => tau !== winner.tau)) return "alone";
  if (winner.tau === byEnergy[0]!.tau) return "most";
  return winner.tau === byEnergy.at(-1)!.tau ? "least" : "middle";
}

/** Of energies, which fall where taus ascend. */
const ends = { most: "highest", least: "lowest", alone: "alone", middle: "middle" } as const;

function energyWon({ winner }: Facts): number {
  return isDialled(winner.tau) ? energyAsked(winner.tau) : winner.energy;
}

/** The taus beside the winner's, by energy. */
function neighbours({ winner, byEnergy }: Facts): [Tau, Tau] {
  const at = byEnergy.findIndex(({ tau }) => tau === winner.tau);
  return [byEnergy[at - 1]!.tau, byEnergy[at + 1]!.tau];
}
