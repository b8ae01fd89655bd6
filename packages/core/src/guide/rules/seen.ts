import type { EnergyAt } from "../advice.js";
import { scoreError, verdictOf } from "../../measures/intervals.js";
import { energyIsHigh, errorsRemoved, littleRemoved, regimeOf, type Facts, type Regime } from "../facts.js";
import type { Rule } from "../rule.js";

/** On what evidence. */
export const seen: readonly Rule[] = [
  {
    id: "regime-uncertain",
    source: "Regimes",
    when: (f) => f.regime !== null && (verdictOf(f.gain) === "unknown" || otherRegimes(f).length > 0),
    numbers: (f) => ({ gain: f.gain, others: otherRegimes(f) }),
  },
  {
    id: "probing-unfinished",
    source: "Regimes",
    when: probingWasRising,
    action: ({ tried }) => ({ option: "taus", value: [...tried, "converged"] }),
    numbers: ({ longest }) => ({ tau: longest.tau }),
  },
  {
    id: "neither-good",
    source: "Regimes",
    when: ({ regime, winner, metric: { chance } }) => regime === "tiny" && winner.score - chance < (1 - chance) / 2,
    numbers: ({ winner }) => ({ tuned: winner.score }),
  },
  {
    id: "energy-high",
    source: "Energy",
    when: energyIsHigh,
    numbers: energies,
  },
  {
    id: "energy-low",
    source: "Energy",
    when: (f) => f.longest.tau !== f.shortest.tau && !energyIsHigh(f),
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
    when: ({ winner }) => winner.euclidean !== null && winner.cosine !== null,
    numbers: ({ winner, featureNorm }) => {
      const [distance, cosine] = [winner.euclidean! / featureNorm, winner.cosine!];
      return { distance, cosine, howFar: howFar(distance, cosine) };
    },
  },
  {
    id: "energy-moves-features",
    source: "Adaptation",
    when: ({ energyRanksDistance: rank, finished }) => finished.length >= 3 && rank !== null && rank >= 0.5,
    numbers: ({ energyRanksDistance }) => ({ rankCorrelation: energyRanksDistance! }),
  },
  {
    id: "energy-does-not-rank",
    source: "Adaptation",
    when: ({ energyRanksDistance: rank, finished }) => finished.length >= 3 && rank !== null && rank < 0.5,
    numbers: ({ energyRanksDistance }) => ({ rankCorrelation: energyRanksDistance! }),
  },
  {
    id: "random-head-throttled",
    source: "Adaptation",
    when: ({ finished: [first, second] }) =>
      first?.tau === 0 && !!second && (second.euclidean ?? 0) > (first.euclidean ?? Infinity),
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

/** The regimes that the ends of the gain's interval would give. */
function otherRegimes({ gain, probed, metric, regime }: Facts): Regime[] {
  const ends = gain.low === null ? [] : [gain.low, gain.high];
  const regimes = ends.map((end) => regimeOf(probed.score, probed.score + end, metric.chance));
  return [...new Set(regimes)].filter((other) => other !== null).filter((other) => other !== regime);
}

/**
 * The best probing score came last, and was more than a standard error above what half the epochs had reached; of scores
 * whose error is not known, by more than little of what was left to be gained.
 */
function probingWasRising({ probing, probed, longest, metric, validationSamples }: Facts): boolean {
  const end = longest.tau;
  if (end === "converged" || probed.tau !== end) return false;
  const before = probing.filter(({ tau }) => typeof tau === "number" && tau <= end / 2).map(({ score }) => score);
  const reached = Math.max(metric.chance, ...before);
  const error = scoreError(probed.score, { metric, samples: validationSamples });
  return error === null ? errorsRemoved(reached, probed.score) > littleRemoved : probed.score - reached > error;
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
