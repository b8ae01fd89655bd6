import { energyIsHigh, isLevel, isUnknown, makesNoDifference, type Facts } from "../facts.js";
import { verdictOf } from "../../measures/intervals.js";
import type { Tau } from "../../probe/taus.js";
import type { Rule } from "../rule.js";

/** The first epoch takes much of the energy: these look inside it. */
const fractions: readonly Tau[] = [0, 0.125, 0.5, 1];

/** What to try next. */
export const next: readonly Rule[] = [
  {
    id: "lower-rate",
    source: "The rate confounds tau",
    when: ({ diverged }) => diverged.length > 0,
    action: () => ({ option: "lr", value: "auto" }),
    numbers: ({ diverged }) => ({ taus: diverged.map(({ tau }) => tau) }),
  },
  {
    id: "least-moved",
    source: "Choosing in practice",
    when: (f) => makesNoDifference(f) && leastMoved(f) !== undefined,
    numbers: (f) => ({ tau: leastMoved(f)!.tau }),
  },
  {
    id: "probing-alone",
    source: "Regimes",
    when: ({ regime, gain }) => regime === "tiny" && verdictOf(gain) !== "above",
    action: () => ({ option: "method", value: "lp" }),
    numbers: ({ gain }) => ({ gain }),
  },
  {
    id: "probe-long",
    source: "Regimes",
    when: ({ regime, tried }) => regime === "tiny" && !tried.includes("converged"),
    action: ({ tried }) => ({ option: "taus", value: [...tried, "converged"] }),
    numbers: () => ({}),
  },
  {
    id: "larger-head",
    source: "Regimes",
    when: (f) => f.regime === "tiny" && f.head === "linear" && energyIsHigh(f),
    action: () => ({ option: "head", value: "mlp" }),
    numbers: () => ({}),
  },
  {
    id: "around-the-middle",
    source: "Regimes",
    when: (f) => f.regime === "mild" && place(f) === "middle" && !makesNoDifference(f),
    numbers: (f) => ({ between: neighbours(f) }),
  },
  {
    id: "smoothing",
    source: "Regimes",
    // Targets that are numbers are not smoothed.
    when: (f) =>
      f.regime === "mild" &&
      f.objective !== "regression" &&
      f.smoothing === 0 &&
      place(f) === "longest" &&
      !makesNoDifference(f),
    action: () => ({ option: "smoothing", value: 0.1 }),
    numbers: () => ({}),
  },
  {
    id: "stop-early",
    source: "Regimes",
    when: (f) =>
      f.regime === "mild" && place(f) === "shortest" && f.winner.tau !== "converged" && !makesNoDifference(f),
    action: () => ({ option: "taus", value: fractions }),
    numbers: ({ winner }) => ({ tau: winner.tau }),
  },
  {
    id: "probe-little",
    source: "Regimes",
    when: ({ regime, tried }) =>
      regime === "strong" && !tried.some((tau) => typeof tau === "number" && tau > 0 && tau < 1),
    action: () => ({ option: "taus", value: fractions }),
    numbers: () => ({}),
  },
  {
    id: "partial-backbone",
    source: "Regimes",
    when: ({ regime, reinitialisedBlocks }) => regime === "strong" && reinitialisedBlocks === 0,
    action: () => ({ option: "reinitBlocks", value: 1 }),
    numbers: () => ({}),
  },
  {
    id: "more-taus",
    source: "Choosing in practice",
    when: ({ tried }) => tried.length === 1,
    action: () => ({ option: "taus", value: "auto" }),
    numbers: ({ winner }) => ({ tau: winner.tau }),
  },
  {
    id: "more-epochs",
    source: "Choosing in practice",
    when: ({ winner, epochs }) => epochs > 0 && winner.bestEpoch >= epochs,
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
    when: ({ tested }) => !tested,
    action: () => ({ option: "test" }),
    numbers: () => ({}),
  },
  {
    id: "calibrate",
    source: "Calibration",
    when: ({ calibrationError }) => calibrationError !== null && calibrationError > 0.05,
    numbers: ({ calibrationError }) => ({ error: calibrationError! }),
  },
];

function place({ winner, tried }: Facts): "shortest" | "middle" | "longest" | "alone" {
  if (tried.length === 1) return "alone";
  if (winner.tau === tried[0]) return "shortest";
  return winner.tau === tried.at(-1) ? "longest" : "middle";
}

/** The taus beside the winner's. */
function neighbours({ winner, tried }: Facts): [Tau, Tau] {
  const at = tried.indexOf(winner.tau);
  return [tried[at - 1]!, tried[at + 1]!];
}

function leastMoved({ finished }: Facts) {
  const known = finished.filter((run) => run.euclidean !== null);
  if (known.length < finished.length) return undefined;
  return known.reduce((least, run) => (run.euclidean! < least.euclidean! ? run : least));
}
