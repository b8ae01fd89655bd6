import { hostname } from "node:os";
import type { Worker } from "bullmq";
import type { OnProgress } from "@taskhead/core/internals";
import { withoutCredentials } from "../../files/credentials.js";
import type { TuneOptions } from "../../options/table.js";
import { InterruptedError } from "../../run/interrupted.js";
import { openStore } from "../../store/open-store.js";
import { connectRedis } from "../../store/redis-client.js";
import { FetchedFiles } from "./files.js";
import { hear } from "./announced.js";
import { maxStalledCount, loadBullmq, queueName } from "./jobs.js";
import { queueAddress } from "./kinds.js";
import type { SentPayload } from "./payload.js";
import { Trials } from "./trials.js";

/** What `taskhead worker` does, every option checked. */
export interface WorkOptions extends Pick<TuneOptions, "cache" | "memory"> {
  queue: string;
  store: string;
  /** Trials at once. */
  concurrency: number;
  /** Seconds without a sign of life after which another worker takes a trial over. */
  lease: number;
  /** Seconds with nothing to do after which the worker ends; it waits for ever unless given. */
  idle?: number;
}

/**
 * Runs trials of a queue, each in a process of its own, until it is stopped: those under way are then saved and given back.
 * @throws {UserError} if queue or store cannot be reached, {InterruptedError} when stopped
 */
export async function work(options: WorkOptions, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
  const { store, concurrency, cache, lease } = options;
  const queue = queueAddress(options.queue);
  const say = (text: string): void => onProgress({ kind: "message", text });
  const client = await connectRedis("--queue", queue);
  try {
    const shared = await openStore(store);
    const { Worker: BullWorker, ...errors } = await loadBullmq();
    const trials = new Trials(options, new FetchedFiles(shared.store, shared.folder, cache), errors, say);
    const worker = new BullWorker<SentPayload>(queueName, (job, token) => trials.run(job, token!), {
      connection: client,
      name: `${hostname()}-${process.pid}`,
      concurrency,
      lockDuration: 1000 * lease,
      stalledInterval: 1000 * lease,
      maxStalledCount,
      autorun: false,
    });
    let away = false;
    const lost = (): void => {
      if (!away) say("the queue is away; waiting for it");
      away = true;
    };
    client.on("close", lost);
    client.on("ready", () => (away = false));
    worker.on("error", () => {});
    // Another has it by now; what was saved goes on there.
    worker.on("lockRenewalFailed", (jobs) => jobs.forEach((id) => trials.stop(id)));
    say(
      `works for ${withoutCredentials(queue)} with the store ${shared.shown}, ${concurrency} trial${concurrency === 1 ? "" : "s"} at once; Ctrl-C ends it`,
    );
    void worker.run();
    // Whatever is wrong, the first job says it.
    const deaf = hear(client, (payload) => void trials.open(payload).catch(() => {}));
    await Promise.race([stopped(signal), trials.idleFor(options.idle ?? Infinity)]);
    client.off("close", lost);
    deaf();
    await end(worker, trials);
    shared.close();
  } finally {
    client.disconnect();
  }
  if (signal.aborted) throw new InterruptedError("stopped; its trials were saved and given back to the queue");
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** No other trial begins, and those under way end soon. A queue that is away finds out by itself. */
async function end(worker: Worker, trials: Trials): Promise<void> {
  const closing = worker.close();
  trials.stopAll();
  await trials.settled();
  const patience = new Promise<void>((resolve) => setTimeout(resolve, 5000).unref());
  await Promise.race([closing, patience]);
  trials.close();
}
