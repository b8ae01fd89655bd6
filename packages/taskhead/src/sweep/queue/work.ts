import { hostname } from "node:os";
import { join } from "node:path";
import type { Job, Worker } from "bullmq";
import { nameOfStart, type OnProgress } from "@taskhead/core/internals";
import { withoutCredentials } from "../../files/credentials.js";
import { UserError } from "../../files/errors.js";
import type { TuneOptions } from "../../options/table.js";
import { InterruptedError } from "../../run/interrupted.js";
import { openStore } from "../../store/open-store.js";
import { connectRedis } from "../../store/redis-client.js";
import { Child, type Outcome } from "./child.js";
import { FetchedFiles } from "./files.js";
import { maxStalledCount, loadBullmq, queueName, type JobProgress } from "./jobs.js";
import { queueAddress } from "./kinds.js";
import { jobIdOf, placeNames, readPayload, type Payload, type SentPayload } from "./payload.js";

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

/** How long a trial that this worker cannot run is left to others. */
const secondsForOthers = 5;

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
    await Promise.race([stopped(signal), trials.idleFor(options.idle ?? Infinity)]);
    client.off("close", lost);
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

type Errors = Pick<typeof import("bullmq"), "UnrecoverableError" | "WaitingError" | "DelayedError">;

/** The trials of a worker that are under way. */
class Trials {
  readonly #running = new Map<string, Child>();
  readonly #under = new Set<Promise<unknown>>();
  #idle: Child[] = [];
  #stopping = false;
  #refused = "";
  #busyAt = Date.now();

  constructor(
    private readonly options: WorkOptions,
    private readonly files: FetchedFiles,
    private readonly errors: Errors,
    private readonly say: (text: string) => void,
  ) {}

  /** A job of the queue, from its payload to what BullMQ is to do with it. */
  async run(job: Job<SentPayload>, token: string): Promise<null> {
    const outcome = this.#outcome(job);
    this.#under.add(outcome);
    try {
      return await this.#settle(job, token, await outcome);
    } finally {
      this.#under.delete(outcome);
    }
  }

  async #outcome(job: Job<SentPayload>): Promise<Outcome> {
    const id = job.id!;
    let payload: Payload;
    try {
      payload = readPayload(job.data);
      if (jobIdOf(job.data) !== id) throw new UserError("the job is not what its id says; begin the sweep again");
    } catch (error) {
      return { failed: (error as Error).message, user: true };
    }
    let paths: Awaited<ReturnType<typeof pathsOf>>;
    try {
      paths = await pathsOf(payload, this.files);
    } catch (error) {
      const { message } = error as Error;
      return error instanceof UserError ? { refused: message } : { failed: message, user: false };
    }
    if (this.#stopping) return { interrupted: true };
    const child = this.#idle.pop() ?? new Child();
    this.#running.set(id, child);
    try {
      const { memory, cache, store } = this.options;
      // There is no run folder here; nothing is read or written under this name.
      const own = { memory, cache, out: join(cache, "queue") };
      return await child.run({ job: id, payload, paths, own, store }, (done) => void this.#tell(job, { done }));
    } finally {
      this.#running.delete(id);
      this.#busyAt = Date.now();
      if (child.usable) this.#idle.push(child);
      else child.close();
    }
  }

  async #settle(job: Job<SentPayload>, token: string, outcome: Outcome): Promise<null> {
    const { UnrecoverableError, WaitingError, DelayedError } = this.errors;
    if ("finished" in outcome) {
      this.say(nameOf(job.data));
      return null;
    }
    if ("interrupted" in outcome) {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    if ("refused" in outcome) {
      if (this.#refused !== outcome.refused) this.say(`gives a trial back: ${outcome.refused}`);
      this.#refused = outcome.refused;
      await this.#tell(job, { refused: outcome.refused });
      await job.moveToDelayed(Date.now() + 1000 * secondsForOthers, token);
      throw new DelayedError();
    }
    if ("ended" in outcome)
      throw new Error(
        `the process of a trial ended (${outcome.ended}); try a lower --concurrency, as memory may be short`,
      );
    this.say(`a trial failed: ${outcome.failed}`);
    throw outcome.user ? new UnrecoverableError(outcome.failed) : new Error(outcome.failed);
  }

  stop(id: string): void {
    this.#running.get(id)?.stop();
  }

  stopAll(): void {
    this.#stopping = true;
    for (const child of this.#running.values()) child.stop();
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#under);
  }

  /** Resolves once there was nothing to do for so many seconds. What cannot be run here is nothing to do. */
  idleFor(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const look = setInterval(() => {
        if (this.#running.size > 0) this.#busyAt = Date.now();
        if (!this.#stopping && Date.now() - this.#busyAt < 1000 * seconds) return;
        clearInterval(look);
        resolve();
      }, 500);
    });
  }

  close(): void {
    for (const child of this.#idle) child.close();
    this.#idle = [];
  }

  /** For those who watch: nobody waits for it, and a queue that is away misses it. */
  async #tell(job: Job<SentPayload>, progress: JobProgress): Promise<void> {
    await job.updateProgress(progress).catch(() => {});
  }
}

function nameOf({ groups, trial: { group, tau, learningRate, seed }, epochs }: SentPayload): string {
  const { method, head } = groups[group]!;
  const parts = [`${String(method)}, ${String(head)} head`, nameOfStart(tau), `rate ${learningRate ?? "none"}`];
  return `${[...parts, `seed ${seed}`].join(", ")}: at epoch ${epochs}`;
}

/** Where this machine has the data and models of a trial. */
async function pathsOf({ files }: Payload, fetched: FetchedFiles) {
  const paths: Partial<Record<(typeof placeNames)[number], string>> = {};
  for (const name of placeNames) {
    const file = files[name];
    if (file) paths[name] = await fetched.path(file);
  }
  const ood: string[] = [];
  for (const file of files.ood) ood.push(await fetched.path(file));
  return { ...paths, train: paths.train!, backbone: paths.backbone!, ood };
}
