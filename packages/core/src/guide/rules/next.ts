import { isLevel, makesNoDifference, energyIsHigh, type Facts } from "../facts.js";
import type { Tau } from "../../probe/taus.js";
import type { Rule } from "../rule.js";
import { list, percent, points, taus, tauText } from "../words.js";

/** What to try next. */
export const next: readonly Rule[] = [
  {
    id: "lower-rate",
    source: "The rate confounds tau",
    when: ({ diverged }) => diverged.length > 0,
    says: ({ diverged }) =>
      `Use a lower rate for ${taus(diverged)}, which diverged: longer probing grows the head, and a larger head bears lower rates only (a lower --lr, or --lr auto, which finds one and lowers it for larger heads).`,
  },
  {
    id: "least-moved",
    source: "Choosing in practice",
    when: (f) => makesNoDifference(f) && leastMoved(f) !== undefined,
    says: (f) =>
      `As it makes no difference on images like these, prefer the run that moved the features least, ${taus([leastMoved(f)!])}: what fine-tuning moves is fitted to the training images, and images unlike them may suffer.`,
  },
  {
    id: "probing-alone",
    source: "Regimes",
    when: ({ regime, gain }) => regime === "tiny" && gain.low <= 0,
    says: ({ gain }) =>
      `Consider the probed head alone (--method lp): fine-tuning adds ${points(gain)}, which may be nothing.`,
  },
  {
    id: "probe-long",
    source: "Regimes",
    when: ({ regime, tried }) => regime === "tiny" && !tried.includes("converged"),
    says: () => `Probe long: add converged to --taus, so that the features start with as little energy as they can.`,
  },
  {
    id: "larger-head",
    source: "Regimes",
    when: (f) => f.regime === "tiny" && f.head === "linear" && energyIsHigh(f),
    says: () =>
      `Try a larger head (--head mlp): the features suit the task, but a linear head leaves much energy that moves them all the same.`,
  },
  {
    id: "around-the-middle",
    source: "Regimes",
    when: (f) => f.regime === "mild" && place(f) === "middle" && !makesNoDifference(f),
    says: (f) =>
      `The best head stops between the ends, as is common: to look closer, take taus between ${list(neighbours(f).map(tauText))}.`,
  },
  {
    id: "smoothing",
    source: "Regimes",
    when: (f) => f.regime === "mild" && f.smoothing === 0 && place(f) === "longest" && !makesNoDifference(f),
    says: () =>
      `The longest probing did best: also try probing to the end with label smoothing (--smoothing 0.1), which leaves energy that pulls all images alike towards their labels.`,
  },
  {
    id: "stop-early",
    source: "Regimes",
    when: (f) =>
      f.regime === "mild" && place(f) === "shortest" && f.winner.tau !== "converged" && !makesNoDifference(f),
    says: ({ winner }) =>
      `The shortest probing did best: ${winner.tau === 0 ? "try fractions of an epoch" : "stop earlier still"} (such as --taus 0,0.125,0.5,1), as the first epoch takes much of the energy.`,
  },
  {
    id: "probe-little",
    source: "Regimes",
    when: ({ regime, tried }) =>
      regime === "strong" && !tried.some((tau) => typeof tau === "number" && tau > 0 && tau < 1),
    says: () =>
      `Probe little or not at all: compare fractions of an epoch (--taus 0,0.125,0.5,1), which leave the features much energy to change.`,
  },
  {
    id: "partial-backbone",
    source: "Regimes",
    when: ({ regime, reinitialisedBlocks }) => regime === "strong" && reinitialisedBlocks === 0,
    says: () =>
      `Consider a partial backbone (--reinit-blocks 1, then 2): the last layers may be too specific to what they were pretrained on.`,
  },
  {
    id: "more-taus",
    source: "Choosing in practice",
    when: ({ tried }) => tried.length === 1,
    says: () =>
      `Only one tau was fine-tuned, so nothing here says whether another does better: --taus auto spreads five evenly in energy.`,
  },
  {
    id: "more-epochs",
    source: "Choosing in practice",
    when: ({ winner, epochs }) => epochs > 0 && winner.bestEpoch >= epochs,
    says: ({ epochs }) =>
      `The best run was still gaining in its last epoch: give more than --epochs ${epochs}. Short runs favour probed heads.`,
  },
  {
    id: "more-seeds",
    source: "Choosing in practice",
    when: (f) => f.seeds === 1 && f.rivals.some(isLevel),
    says: () =>
      `To tell the taus apart, run the same command with other seeds (--seed 1 --out …, --seed 2 --out …) and give all run folders to taskhead guide.`,
  },
  {
    id: "test-set",
    source: "Choosing in practice",
    when: ({ tested }) => !tested,
    says: () =>
      `Score the choice once on images that had no part in it (--test): tau and epoch were chosen on the validation images, which flatters them.`,
  },
  {
    id: "calibrate",
    source: "Calibration",
    when: ({ calibrationError }) => calibrationError !== null && calibrationError > 0.05,
    says: ({ calibrationError }) =>
      `Its probabilities are off by ${percent(calibrationError!)} on average: divide its logits by the temperature given in the report before using them as probabilities.`,
  },
];

function place({ winner, tried }: Facts): "shortest" | "middle" | "longest" | "alone" {
  if (tried.length === 1) return "alone";
  if (winner.tau === tried[0]) return "shortest";
  return winner.tau === tried.at(-1) ? "longest" : "middle";
}

/** The taus beside the winner's. */
function neighbours({ winner, tried }: Facts): Tau[] {
  const at = tried.indexOf(winner.tau);
  return [tried[at - 1]!, tried[at + 1]!];
}

function leastMoved({ finished }: Facts) {
  const known = finished.filter((run) => run.euclidean !== null);
  if (known.length < finished.length) return undefined;
  return known.reduce((least, run) => (run.euclidean! < least.euclidean! ? run : least));
}
