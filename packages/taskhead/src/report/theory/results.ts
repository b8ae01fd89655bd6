import type { theory } from "@taskhead/core";
import type { Adaptation, Peak } from "@taskhead/core/internals";

/** What `taskhead theory` found: everything its page shows. */
export interface TheoryReport extends theory.TheoryResults {
  taskheadVersion: string;
  /** ISO 8601 */
  createdAt: string;
  /** the command line that made it */
  command: string;
  /** all effective options, defaults included */
  options: Omit<theory.RunOptions, "signal" | "onProgress">;
  findings: Findings;
}

export interface Findings {
  /** how each measure of adaptation behaves as energy grows, seeds averaged */
  trends: Record<TrendMeasure, theory.Trend>;
  /** whether these two first grow with energy, then fall, task by task */
  peaks: Record<"dot" | "norm", Peak<number>>;
  /** of the taus the one with the lowest mean error out of distribution after fine-tuning */
  best: { tau: number; error: number };
  /** the first and the last tau, where they are not the best */
  ends: End[];
}

export interface End {
  tau: number;
  error: number;
  /** tasks in which the best tau errs less */
  worse: number;
}

/** The measures that Ren et al. 2023 give a trend for. */
export type TrendMeasure = Exclude<keyof Adaptation, "coherence">;
