import { regimeOf, energyIsHigh, type Facts, type Regime } from "../facts.js";
import type { Rule } from "../rule.js";
import { list, number, percent, points, taus, tauText } from "../words.js";

/** On what evidence. */
export const seen: readonly Rule[] = [
  {
    id: "regime-uncertain",
    source: "Regimes",
    when: (f) => f.regime !== null && otherRegimes(f).length > 0,
    says: (f) =>
      `That gain of fine-tuning over probing alone is ${points(f.gain)} on ${f.validationImages} validation images, so the regime could also be ${list(otherRegimes(f))}: more validation images would tell.`,
  },
  {
    id: "probing-unfinished",
    source: "Regimes",
    when: probingWasRising,
    says: ({ longest }) =>
      `Probing was still gaining when it ended at tau ${tauText(longest.tau)}, so the features may suit the task better than it seems: probe longer, or add converged to --taus.`,
  },
  {
    id: "neither-good",
    source: "Regimes",
    when: ({ regime, winner, chance }) => regime === "tiny" && winner.accuracy - chance < (1 - chance) / 2,
    says: ({ winner }) =>
      `But ${percent(winner.accuracy)} is far from right: before concluding that the features have all that the task needs, give fine-tuning more epochs or images, or a higher rate.`,
  },
  {
    id: "energy-high",
    source: "Energy",
    when: energyIsHigh,
    says: (f) =>
      `Energy, what pushes the features when fine-tuning starts, stays high: ${number(f.longest.energy)} after the longest probing (tau ${tauText(f.longest.tau)}), against ${number(f.shortest.energy)} at tau ${tauText(f.shortest.tau)}; 0 is a head that is sure and right everywhere.`,
  },
  {
    id: "energy-low",
    source: "Energy",
    when: (f) => f.longest.tau !== f.shortest.tau && !energyIsHigh(f),
    says: (f) =>
      `Probing can take most of the energy, what pushes the features when fine-tuning starts: from ${number(f.shortest.energy)} at tau ${tauText(f.shortest.tau)} to ${number(f.longest.energy)} at tau ${tauText(f.longest.tau)}.`,
  },
  {
    id: "smoothing-above-floor",
    source: "Energy",
    when: (f) => f.smoothing > 0 && f.longest.energy > 1.5 * smoothingFloor(f),
    says: (f) =>
      `The head does not fit its smoothed targets: it ends at energy ${number(f.longest.energy)}, above the ${number(smoothingFloor(f))} that smoothing ${number(f.smoothing)} leaves a head that does, so that smoothing acts by keeping the head small as much as by energy.`,
  },
  {
    id: "moved",
    source: "Adaptation",
    when: ({ winner }) => winner.euclidean !== null && winner.cosine !== null,
    says: ({ winner, featureNorm }) =>
      `The best run moved the features by ${number(winner.euclidean! / featureNorm)} times their length, cosine ${number(winner.cosine!)} with where they were: ${howFar(winner.euclidean! / featureNorm, winner.cosine!)}.`,
  },
  {
    id: "energy-moves-features",
    source: "Adaptation",
    when: ({ energyRanksDistance: rank, finished }) => finished.length >= 3 && rank !== null && rank >= 0.5,
    says: ({ energyRanksDistance }) =>
      `The more energy a head left, the further the features moved (rank correlation ${number(energyRanksDistance!)}), as expected.`,
  },
  {
    id: "energy-does-not-rank",
    source: "Adaptation",
    when: ({ energyRanksDistance: rank, finished }) => finished.length >= 3 && rank !== null && rank < 0.5,
    says: ({ energyRanksDistance }) =>
      `Energy does not rank how far the features moved here (rank correlation ${number(energyRanksDistance!)}): it is a bound, and the head's size and the rate count too.`,
  },
  {
    id: "random-head-throttled",
    source: "Adaptation",
    when: ({ finished: [first, second] }) =>
      first?.tau === 0 && !!second && (second.euclidean ?? 0) > (first.euclidean ?? Infinity),
    says: ({ finished: [first, second] }) =>
      `From the random head the features moved less (${number(first!.euclidean!)}) than from ${taus([second!])} (${number(second!.euclidean!)}): its small weights slow the first steps down.`,
  },
];

/** The regimes that the ends of the gain's interval would give. */
function otherRegimes({ gain, probed, chance, regime }: Facts): Regime[] {
  const ends = [gain.low, gain.high].map((end) => regimeOf(probed.accuracy, probed.accuracy + end, chance));
  return [...new Set(ends)].filter((other) => other !== null).filter((other) => other !== regime);
}

/** The best probing accuracy came last, and was more than a standard error above what half the epochs had reached. */
function probingWasRising({ probing, probed, longest, validationImages }: Facts): boolean {
  const end = longest.tau;
  if (end === "converged" || probed.tau !== end) return false;
  const halfway = probing.filter(({ tau }) => typeof tau === "number" && tau <= end / 2).map((p) => p.accuracy);
  const error = Math.sqrt((probed.accuracy * (1 - probed.accuracy)) / validationImages);
  return probed.accuracy - Math.max(0, ...halfway) > error;
}

/** E of a head that fits its smoothed targets exactly. */
function smoothingFloor({ smoothing, classes }: Facts): number {
  return smoothing * Math.sqrt((classes - 1) / classes);
}

function howFar(relative: number, cosine: number): string {
  if (cosine >= 0.95 && relative <= 0.5) return "little";
  return cosine < 0.7 || relative > 1 ? "far" : "some way";
}
