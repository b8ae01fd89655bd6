import {
  energyIsHigh,
  isClose,
  isLevel,
  isUnknown,
  isWorse,
  leastMoved,
  makesNoDifference,
  mayBeTiny,
  neitherIsGood,
  probingWasRising,
  type Facts,
} from "../facts.js";
import { verdictOf } from "../../measures/intervals.js";
import { compareTaus, energyAsked, isDialled, isOptimum, type Tau } from "../../probe/taus.js";
import type { Rule } from "../rule.js";

/** The first epoch takes much of the energy: these look inside it. */
const fractions: readonly Tau[] = [0, 0.125, 0.5, 1];

/** Of the lowest rate that failed: it may have been found, so that finding one is no remedy. */
function aThird({ diverged, collapsed }: Facts): "auto" | number {
  const rates = [...diverged, ...collapsed].flatMap(({ learningRate }) => learningRate ?? []);
  return rates.length > 0 ? Number((Math.min(...rates) / 3).toPrecision(2)) : "auto";
}

/** Whether the longest probing ended below another run, measurably or not. */
function longestIsBehind({ winner, rivals }: Facts): boolean {
  const longest = rivals.at(-1);
  return longest !== undefined && compareTaus(longest.tau, winner.tau) > 0 && longest.behind.difference > 0;
}

/** What to try next. */
export const next: readonly Rule[] = [
  {
    id: "lower-rate",
    source: "The rate confounds tau",
    when: ({ diverged, collapsed }) => diverged.length + collapsed.length > 0,
    action: (f) => ({ option: "lr", value: aThird(f) }),
    numbers: ({ diverged, collapsed }) => ({
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
      !f.tried.some(isOptimum) &&
      !probingWasRising(f) &&
      !placeSpeaks(f) &&
      (f.regime === "tiny" || !longestIsBehind(f)),
    action: ({ tried }) => ({ option: "taus", value: [...tried, "converged"] }),
    numbers: () => ({}),
  },
  {
    id: "larger-head",
    source: "Regimes",
    when: (f) => f.regime === "tiny" && f.head === "linear" && !f.dialled && energyIsHigh(f),
    action: () => ({ option: "head", value: "mlp" }),
    numbers: () => ({}),
  },
  {
    id: "around-the-middle",
    source: "Regimes",
    when: (f) => placeSpeaks(f) && place(f) === "middle",
    numbers: (f) => ({ between: neighbours(f) }),
  },
  {
    id: "smoothing",
    source: "Regimes",
    // Targets that are numbers are not smoothed.
    when: (f) =>
      !f.dialled && placeSpeaks(f) && place(f) === "longest" && f.objective !== "regression" && f.smoothing === 0,
    action: () => ({ option: "smoothing", value: 0.1 }),
    numbers: () => ({}),
  },
  {
    id: "stop-early",
    source: "Regimes",
    when: (f) => placeSpeaks(f) && place(f) === "shortest" && typeof f.winner.tau === "number",
    action: () => ({ option: "taus", value: fractions }),
    numbers: ({ winner }) => ({ tau: winner.tau }),
  },
  {
    id: "probe-little",
    source: "Regimes",
    when: (f) =>
      f.regime === "strong" &&
      !f.dialled &&
      !probingWasRising(f) &&
      !f.tried.some((tau) => typeof tau === "number" && tau > 0 && tau < 1),
    action: () => ({ option: "taus", value: fractions }),
    numbers: () => ({}),
  },
  {
    id: "partial-backbone",
    source: "Regimes",
    when: (f) => f.regime === "strong" && !probingWasRising(f) && f.reinitialisedBlocks === 0,
    action: () => ({ option: "reinitBlocks", value: 1 }),
    numbers: () => ({}),
  },
  {
    id: "more-taus",
    source: "Choosing in practice",
    when: ({ tried, dialled }) => tried.length === 1 && !dialled,
    action: () => ({ option: "taus", value: "auto" }),
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
  {
    id: "test-set",
    source: "Choosing in practice",
    when: ({ test }) => test === null,
    action: () => ({ option: "test" }),
    numbers: () => ({}),
  },
  {
    id: "test-seen",
    source: "Choosing in practice",
    when: ({ test }) => test !== null && test.seen > 0,
    action: () => ({ option: "test" }),
    numbers: ({ test }) => ({ seen: test!.seen, samples: test!.samples }),
  },
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

/** Where the winner stands among the taus says something: features half suit the task, and some tau is measurably worse. */
function placeSpeaks(f: Facts): boolean {
  return f.regimes.includes("mild") && !f.regimes.includes("strong") && f.rivals.some(isWorse) && place(f) !== "alone";
}

function place({ winner, tried }: Facts): "shortest" | "middle" | "longest" | "alone" {
  if (tried.length === 1) return "alone";
  if (winner.tau === tried[0]) return "shortest";
  return winner.tau === tried.at(-1) ? "longest" : "middle";
}

/** Of energies, which fall where taus ascend. */
const ends = { shortest: "highest", longest: "lowest", alone: "alone", middle: "middle" } as const;

function energyWon({ winner }: Facts): number {
  return isDialled(winner.tau) ? energyAsked(winner.tau) : winner.energy;
}

/** The taus beside the winner's. */
function neighbours({ winner, tried }: Facts): [Tau, Tau] {
  const at = tried.indexOf(winner.tau);
  return [tried[at - 1]!, tried[at + 1]!];
}
