import { availableParallelism } from "node:os";
import { usualCache } from "../files/usual-cache.js";
import { work } from "../sweep/queue/work.js";
import { callerOf, type Context } from "./context.js";
import type { WorkerOptions } from "./tables.js";

/** `taskhead worker`: runs trials until it is stopped. */
export async function workerCommand(options: WorkerOptions, context: Context): Promise<void> {
  await work(
    { concurrency: availableParallelism(), cache: usualCache(), ...options },
    callerOf(context).onProgress!,
    context.signal,
  );
}
