import type { Tau } from "./taus.js";

export const dialWays = ["temperature", "l2", "smoothing"] as const;

/** What is turned to bring a head to an energy. */
export type DialWay = (typeof dialWays)[number];

/** How a head was brought to its energy. */
export interface Dial {
  by: DialWay;
  /** The probed head that was scaled, or that L-BFGS started from. */
  from: Tau;
  /** `temperature`: the factor c on the logits; `l2`: the strength of the penalty, as of `converged`; `smoothing`: ε. */
  value: number;
}
