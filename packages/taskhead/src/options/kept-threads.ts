import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The threads that the run in a folder began with. Sums come out otherwise with another number, so a run that nobody gave
 * one goes on with its own, whatever cores a machine has.
 * @returns undefined if there is no run; what its file should be is said by who opens it
 */
export function keptThreads(out: string): number | undefined {
  try {
    const run = JSON.parse(readFileSync(join(out, "run.json"), "utf8")) as {
      configuration?: Record<string, unknown>;
    } | null;
    const threads = Number(run?.configuration?.["--threads"]);
    return Number.isInteger(threads) && threads > 0 ? threads : undefined;
  } catch {
    return undefined;
  }
}
