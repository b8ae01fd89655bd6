import type { Tau } from "../probe/taus.js";
import type { TuneResults } from "./results.js";
import type { Trace } from "./trace.js";

/**
 * Who follows a job by its numbers, as logs do. It hears of what was done before as of what is done now, and changes nothing;
 * what it throws ends the job.
 */
export interface Follower {
  /** @param found what is known before fine-tuning, as results without a run */
  probed(found: TuneResults): void;
  /**
   * A start's fine-tuning as it stands: as it begins or goes on, after every step, at every epoch's end, and when it has ended.
   * @param trace grows while training goes on; another one takes its place where the rate is lowered
   */
  trained(tau: Tau, trace: Trace, why: "step" | "epoch" | "end"): void;
  finished(results: TuneResults): void;
}
