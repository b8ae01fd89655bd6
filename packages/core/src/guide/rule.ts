import type { Facts } from "./facts.js";

/** Which question a sentence answers. */
export type Part = "regime" | "seen" | "chosen" | "next" | "caution";

/** A section of docs/guide.md. */
export type Section =
  "Energy" | "Adaptation" | "Regimes" | "Choosing in practice" | "The rate confounds tau" | "BatchNorm" | "Calibration";

/** A condition on the facts, and what is said where it holds. */
export interface Rule {
  /** A name for programs and tests. */
  id: string;
  /** Where the method says so. */
  source: Section;
  when: (facts: Facts) => boolean;
  says: (facts: Facts) => string;
}
