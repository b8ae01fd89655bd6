import type { EnergyAt } from "../advice.js";
import { verdictOf } from "../../measures/intervals.js";
import { energyIsHigh, neitherIsGood, probingWasRising, type Facts } from "../facts.js";
import type { Rule } from "../rule.js";

/** On what evidence. */
export const seen: readonly Rule[] = [
  {
    id: "regime-uncertain",
    source: "Regimes",
    when: ({ regime, gain }) => regime !== null && verdictOf(gain) === "unknown",
    numbers: ({ gain }) => ({ gain }),
  },
  {
    id: "probing-unfinished",
    source: "Regimes",
    when: probingWasRising,
    action: ({ tried, dialled }) => ({ option: "taus", value: [...(dialled ? [] : tried), "converged"] }),
    numbers: ({ longest }) => ({ tau: longest.tau }),
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
  {
    id: "energy-high",
    source: "Energy",
    when: (f) => !f.dialled && energyIsHigh(f),
    numbers: energies,
  },
  {
    id: "energy-low",
    source: "Energy",
    when: (f) => !f.dialled && f.longest.tau !== f.shortest.tau && !energyIsHigh(f),
    numbers: energies,
  },
  {
    id: "smoothing-above-floor",
    source: "Energy",
    when: (f) => f.smoothing > 0 && f.longest.energy > 1.5 * smoothingFloor(f),
    numbers: (f) => ({ energy: f.longest.energy, floor: smoothingFloor(f), smoothing: f.smoothing }),
  },
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
    id: "random-head-throttled",
    source: "Adaptation",
    when: ({ finished: [first, second] }) =>
      first?.tau === 0 &&
      !!second &&
      second.headNorm > first.headNorm &&
      // Less is no difference that could be told from one seed.
      (second.euclidean ?? 0) > 1.1 * (first.euclidean ?? Infinity),
    numbers: ({ finished: [first, second] }) => ({
      distance: first!.euclidean!,
      next: { tau: second!.tau, distance: second!.euclidean! },
    }),
  },
];

function energies({ shortest, longest }: Facts): { shortest: EnergyAt; longest: EnergyAt } {
  const at = ({ tau, energy }: EnergyAt): EnergyAt => ({ tau, energy });
  return { shortest: at(shortest), longest: at(longest) };
}

/** E of a head that fits its smoothed targets exactly: ε from the right class to all alike, or ε/2 on every label. */
function smoothingFloor({ objective, smoothing, outputs }: Facts): number {
  return objective === "multi-label"
    ? (smoothing / 2) * Math.sqrt(outputs)
    : smoothing * Math.sqrt((outputs - 1) / outputs);
}

function howFar(relative: number, cosine: number): "little" | "some way" | "far" {
  if (cosine >= 0.95 && relative <= 0.5) return "little";
  return cosine < 0.7 || relative > 1 ? "far" : "some way";
}
