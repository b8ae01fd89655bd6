import type { Difference } from "../measures/intervals.js";
import type { Peak } from "../measures/peak.js";
import type { Tau } from "../probe/taus.js";
import type { Evidence, TemperatureEvidence } from "./evidence.js";
import type { Regime } from "./probed.js";

/**
 * What the guide says, as data: which rule spoke, what to change, and the numbers that a sentence about it needs. Words
 * are for whoever shows it.
 */

/** Which question a piece of advice answers. */
export type Part = "regime" | "seen" | "chosen" | "next" | "caution";

/** A section of docs/guide.md. */
export type Section =
  | "Energy"
  | "Adaptation"
  | "Regimes"
  | "Before fine-tuning"
  | "Choosing in practice"
  | "The rate confounds tau"
  | "BatchNorm"
  | "Calibration";

/** What to change, and the options of the run that would be refused beside it: it works without these. */
export type Action = Change & { readonly without?: readonly string[] };

/** An option of the tuning by its name in the library, and what to set it to. */
export type Change =
  | { readonly option: "taus"; readonly value: readonly Tau[] }
  | { readonly option: "method"; readonly value: "lp" }
  | { readonly option: "head"; readonly value: "mlp" }
  | { readonly option: "reinitBlocks" | "epochs" | "starts"; readonly value: number }
  | { readonly option: "lr"; readonly value: "auto" | number }
  | { readonly option: "batchnorm"; readonly value: "frozen" }
  | { readonly option: "probeLoss"; readonly value: "ce" }
  /** The same once more with each of these seeds. */
  | { readonly option: "seed"; readonly value: readonly number[] }
  /** Samples that are the user's to find. */
  | { readonly option: "test" };

/** A score or an energy, and the tau that it belongs to. */
export interface ScoreAt {
  readonly tau: Tau;
  readonly score: number;
}

export interface EnergyAt {
  readonly tau: Tau;
  readonly energy: number;
}

/** Probing at its best, and the best run's score. */
export interface ProbedAndTuned {
  readonly probed: ScoreAt;
  readonly tuned: number;
}

/** How far the winner is ahead of the run from another tau. */
export interface Behind {
  readonly tau: Tau;
  readonly behind: Difference;
}

/** A score with its 95 % interval, where one is known. */
export interface Bounded {
  readonly tau: Tau;
  readonly score: number;
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** What each rule has numbers of. Scores are in units of the metric, percentages are fractions. */
export interface RuleNumbers {
  // Which regime: exactly one of these.
  tiny: ProbedAndTuned;
  /** `removed`: the part of what probing leaves to be gained that fine-tuning gains. */
  mild: ProbedAndTuned & { readonly removed: number };
  strong: ProbedAndTuned & { readonly chance: number };
  /** Several, of which `nothing` says that fine-tuning may have learned nothing as well. */
  "regime-open": ProbedAndTuned & {
    readonly gain: Difference;
    readonly regimes: readonly Regime[];
    readonly nothing: boolean;
  };
  "nothing-learned": { readonly tuned: number; readonly chance: number };

  /** Before fine-tuning: those that probing alone makes likely, and `share`, how far it gets from guessing to a perfect score. */
  suggested: {
    readonly probed: Bounded;
    readonly share: number;
    readonly chance: number;
    readonly regimes: readonly Regime[];
    /** No fine-tuning can get twice as far, at the interval's lower end either. */
    readonly strongExcluded: boolean;
  };

  // On what evidence.
  /** What probing alone suggested, beside what fine-tuning then showed. */
  "regime-revised": { readonly suggested: readonly Regime[]; readonly found: readonly Regime[] };
  /** The head at this tau knows its training samples far better than others. */
  "generalisation-gap": { readonly tau: Tau; readonly train: number; readonly validation: number };
  /** Of the best head: what the first step draws the features out along themselves with. */
  pull: { readonly tau: Tau; readonly pull: number };
  /** Probing hardly changes the energy. */
  "energy-flat": { readonly highest: EnergyAt; readonly lowest: EnergyAt };
  /** Over these taus energy hardly changes while ‖W‖ grows, `growth` times; `scores` are those of probing at both ends. */
  "energy-does-not-tell": {
    readonly from: number;
    readonly to: number;
    readonly energies: readonly [lowest: number, highest: number];
    readonly growth: number;
    readonly scores: readonly [from: number, to: number];
  };
  /** There is no interval of the gain. */
  "regime-uncertain": { readonly gain: Difference };
  "probing-unfinished": { readonly tau: Tau };
  /** `diverged`, or collapsed: at the rate of some run, which is no reason for a higher one. */
  "neither-good": { readonly tuned: number; readonly diverged: boolean };
  "energy-high": { readonly shortest: EnergyAt; readonly lowest: EnergyAt };
  "energy-low": { readonly shortest: EnergyAt; readonly lowest: EnergyAt };
  /** `floor`: what a head that fits its smoothed targets would keep. */
  "smoothing-above-floor": { readonly energy: number; readonly floor: number; readonly smoothing: number };
  /** Squared error was probed: `floor` is the energy, under cross-entropy, of a head that fits its targets exactly. */
  "squared-error-floor": { readonly lowest: EnergyAt; readonly floor: number };
  /** `distance` in units of the features' length before. */
  moved: {
    readonly distance: number;
    readonly cosine: number;
    readonly howFar: "little" | "some way" | "far";
    readonly regime: Regime | null;
  };
  "energy-moves-features": { readonly rankCorrelation: number; readonly runs: number };
  "energy-does-not-rank": { readonly rankCorrelation: number; readonly runs: number };
  /** Whether dot product and length first rise, then fall, as energy grows. */
  "rise-and-fall": { readonly dot: Peak<Tau>; readonly norm: Peak<Tau> };
  "random-head-throttled": {
    readonly distance: number;
    readonly next: { readonly tau: Tau; readonly distance: number };
  };

  // What was chosen.
  chosen: ScoreAt & {
    readonly epoch: number;
    readonly learningRate: number | null;
    /** The average of weights that was exported in its place. */
    readonly exported: Evidence["exported"];
  };
  /** `close`: all differences are small at both ends of their intervals, not just unknown. */
  "no-difference": { readonly tau: Tau; readonly rivals: readonly Behind[]; readonly close: boolean };
  "some-level": { readonly rivals: readonly Behind[] };
  "some-worse": { readonly rivals: readonly Behind[] };
  /** Of which no interval is known. */
  "difference-unknown": { readonly rivals: readonly Behind[] };

  // What to try next.
  /** Of those that diverged, and of those that collapsed. */
  "lower-rate": { readonly grows: boolean; readonly taus: readonly Tau[]; readonly collapsed: readonly Tau[] };
  "least-moved": { readonly tau: Tau };
  "probing-alone": { readonly gain: Difference };
  "probe-long": Nothing;
  "larger-head": Nothing;
  "around-the-middle": { readonly between: readonly [Tau, Tau] };
  /** The run from the least energy did best. */
  "less-energy": { readonly tau: Tau };
  "stop-early": { readonly tau: Tau };
  "probe-little": Nothing;
  "partial-backbone": Nothing;
  /** Before fine-tuning: heads to start from. */
  candidates: { readonly heads: readonly EnergyAt[] };
  "fine-tune": Nothing;
  /** Taus evenly in ‖W‖, where energy does not tell heads apart. */
  "taus-by-size": { readonly from: number; readonly to: number };
  "more-taus": { readonly tau: Tau };
  /** Where the best of the energies that a head was brought to stands among them. */
  "other-energies": { readonly energy: number; readonly place: "highest" | "middle" | "lowest" | "alone" };
  "more-epochs": { readonly epochs: number };
  "more-seeds": Nothing;
  "test-set": Nothing;
  /** Test samples that are in the training or validation set too. */
  "test-seen": { readonly seen: number; readonly samples: number };
  calibrate: TemperatureEvidence;
  /** No tau came to an end, or none in every run: it speaks alone. */
  "nothing-finished": Nothing;

  // What to bear in mind.
  /** `growth`: how many times larger the largest head was than the smallest. */
  "one-rate": { readonly growth: number };
  /** In units of the features' length. */
  "batchnorm-shift": { readonly distance: number };
}

/** The rule says it all. */
export type Nothing = Readonly<Record<never, never>>;

export type RuleId = keyof RuleNumbers;

/** What one rule says. */
export interface AdviceOf<Id extends RuleId> {
  readonly rule: Id;
  readonly part: Part;
  /** Where docs/guide.md explains it. */
  readonly source: Section;
  /** What to change, where one change does it. */
  readonly action?: Action;
  readonly numbers: RuleNumbers[Id];
}

export type Advice = { [Id in RuleId]: AdviceOf<Id> }[RuleId];
