import pLimit from "p-limit";
import type { RunSweepTrial } from "./run-trial.js";

/** At most `count` trials at a time, in the order asked for; once one failed, or the user stopped, no other begins. */
export function limited(count: number, signal: AbortSignal, run: RunSweepTrial): RunSweepTrial {
  const limit = pLimit(count);
  const failures: unknown[] = [];
  return (trial, epochs) =>
    limit(async () => {
      signal.throwIfAborted();
      if (failures.length > 0) throw failures[0];
      try {
        return await run(trial, epochs);
      } catch (error) {
        failures.push(error);
        throw error;
      }
    });
}
