import { availableParallelism } from "node:os";
import { usualCache } from "../files/usual-cache.js";
import { work } from "../sweep/queue/work.js";
import { callerOf, type Context } from "./context.js";
import type { WorkerOptions } from "./tables.js";

/** `taskhead worker`: runs trials until it is stopped, by Ctrl-C or as systems end programs. */
export async function workerCommand(options: WorkerOptions, context: Context): Promise<void> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  process.once("SIGTERM", end);
  try {
    await work(
      {
        concurrency: availableParallelism(),
        cache: usualCache(),
        ...options,
      },
      callerOf(context).onProgress!,
      AbortSignal.any([context.signal, ended.signal]),
    );
  } finally {
    process.off("SIGTERM", end);
  }
}
