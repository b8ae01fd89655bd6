import { verdictOf } from "../../measures/intervals.js";
import type { EnergyAt } from "../advice.js";
import { neitherIsGood, type FinishedRun } from "../facts.js";
import { indistinct } from "../indistinct.js";
import { energyIsHigh, probingWasRising, squaredErrorFloor, type ProbedFacts } from "../probed.js";
import type { ProbedRule, Rule, RuleOf } from "../rule.js";

/** Probing did better and better to its end. */
export const unfinished: RuleOf<"probing-unfinished", ProbedFacts> = {
  id: "probing-unfinished",
  source: "Regimes",
  when: probingWasRising,
  numbers: ({ longest }) => ({ tau: longest.tau }),
};

/** What probing leaves. */
export const energyRules: readonly ProbedRule[] = [
  {
    id: "energy-high",
    source: "Energy",
    when: (f) => !f.dialled && energyIsHigh(f),
    numbers: energies,
  },
  {
    id: "energy-low",
    source: "Energy",
    when: (f) => !f.dialled && f.probing.length > 1 && !energyIsHigh(f),
    numbers: energies,
  },
  {
    id: "energy-does-not-tell",
    source: "Energy",
    when: (f) => indistinct(f) !== null,
    numbers: (f) => {
      const { heads, growth, lowest, highest } = indistinct(f)!;
      const [first, last] = [heads[0]!, heads.at(-1)!];
      const scores = [first.score, last.score] as const;
      return { from: first.tau, to: last.tau, energies: [lowest, highest], growth, scores };
    },
  },
  {
    id: "smoothing-above-floor",
    source: "Energy",
    when: (f) => f.smoothing > 0 && f.probeLoss === "ce" && f.lowest.energy > 1.5 * smoothingFloor(f),
    numbers: (f) => ({ energy: f.lowest.energy, floor: smoothingFloor(f), smoothing: f.smoothing }),
  },
  {
    id: "squared-error-floor",
    source: "Energy",
    when: ({ probeLoss }) => probeLoss === "mse",
    action: () => ({ option: "probeLoss", value: "ce" }),
    numbers: (f) => ({
      lowest: { tau: f.lowest.tau, energy: f.lowest.energy },
      floor: squaredErrorFloor(f.outputs, f.smoothing),
    }),
  },
];

/** On what evidence. */
export const seen: readonly Rule[] = [
  {
    id: "regime-revised",
    source: "Before fine-tuning",
    when: ({ regimes, suggested, nothing }) => !nothing && regimes.length > 0 && suggested.length > 0,
    numbers: ({ regimes, suggested }) => ({ suggested, found: regimes }),
  },
  {
    id: "regime-uncertain",
    source: "Regimes",
    when: ({ regime, gain }) => regime !== null && verdictOf(gain) === "unknown",
    numbers: ({ gain }) => ({ gain }),
  },
  {
    ...unfinished,
    // Of energies one head is turned.
    action: ({ tried, dialled }) => ({ option: "taus", value: dialled ? ["converged"] : [...tried, "converged"] }),
  },
  {
    id: "neither-good",
    source: "Regimes",
    when: neitherIsGood,
    numbers: ({ winner, diverged, collapsed }) => ({
      tuned: winner.score,
      diverged: diverged.length + collapsed.length > 0,
    }),
  },
  ...energyRules,
  {
    id: "moved",
    source: "Adaptation",
    when: ({ winner, featureNorm }) =>
      winner.euclidean !== null && winner.cosine !== null && Number.isFinite(winner.euclidean / featureNorm),
    numbers: ({ winner, featureNorm, regime }) => {
      const [distance, cosine] = [winner.euclidean! / featureNorm, winner.cosine!];
      return { distance, cosine, howFar: howFar(distance, cosine), regime };
    },
  },
  {
    id: "energy-moves-features",
    source: "Adaptation",
    when: ({ energyRanksDistance: rank, measured }) => measured >= 3 && rank !== null && rank >= 0.5,
    numbers: ({ energyRanksDistance, measured }) => ({ rankCorrelation: energyRanksDistance!, runs: measured }),
  },
  {
    id: "energy-does-not-rank",
    source: "Adaptation",
    when: ({ energyRanksDistance: rank, measured }) => measured >= 3 && rank !== null && rank < 0.5,
    numbers: ({ energyRanksDistance, measured }) => ({ rankCorrelation: energyRanksDistance!, runs: measured }),
  },
  {
    id: "rise-and-fall",
    source: "Adaptation",
    // With fewer seeds nothing follows from their signs, nor from the few taus of one.
    when: ({ seeds, peaks, finished }) =>
      seeds >= 3 && finished.length >= 3 && peaks.dot.seeds.some(({ at }) => at !== null),
    numbers: ({ peaks: { dot, norm } }) => ({ dot, norm }),
  },
  {
    id: "random-head-throttled",
    source: "Adaptation",
    when: ({ finished: [first, second, ...others] }) =>
      first?.tau === 0 &&
      !!second &&
      // PyTorch's random head is as large as probed ones, and throttles nothing.
      headNormOf([second, ...others]) >= 2 * first.headNorm &&
      // Less is no difference that could be told from one seed.
      (second.euclidean ?? 0) > 1.1 * (first.euclidean ?? Infinity),
    numbers: ({ finished: [first, second] }) => ({
      distance: first!.euclidean!,
      next: { tau: second!.tau, distance: second!.euclidean! },
    }),
  },
];

function energies({ shortest, lowest }: ProbedFacts): { shortest: EnergyAt; lowest: EnergyAt } {
  const at = ({ tau, energy }: EnergyAt): EnergyAt => ({ tau, energy });
  return { shortest: at(shortest), lowest: at(lowest) };
}

/** Of the largest; `converged:0` may have any. */
function headNormOf(runs: readonly FinishedRun[]): number {
  return Math.max(...runs.filter(({ tau }) => tau !== "converged:0").map(({ headNorm }) => headNorm));
}

/** E of a head that fits its smoothed targets exactly: ε from the right class to all alike, or ε/2 on every label. */
function smoothingFloor({ objective, smoothing, outputs }: ProbedFacts): number {
  return objective === "multi-label"
    ? (smoothing / 2) * Math.sqrt(outputs)
    : smoothing * Math.sqrt((outputs - 1) / outputs);
}

function howFar(relative: number, cosine: number): "little" | "some way" | "far" {
  if (cosine >= 0.95 && relative <= 0.5) return "little";
  return cosine < 0.7 || relative > 1 ? "far" : "some way";
}
