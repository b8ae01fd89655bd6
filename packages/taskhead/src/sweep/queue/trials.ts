import { join } from "node:path";
import type { Job } from "bullmq";
import { nameOfStart } from "@taskhead/core/internals";
import { UserError } from "../../files/errors.js";
import type { TuneOptions } from "../../options/table.js";
import { Child, type Outcome } from "./child.js";
import type { FetchedFiles } from "./files.js";
import type { JobProgress } from "./jobs.js";
import { jobIdOf, placeNames, readPayload, type Payload, type SentPayload } from "./payload.js";
import type { Opening } from "./trial-process.js";

/** How long a trial that this worker cannot run is left to others. */
const secondsForOthers = 5;

/** Without a trial for so long, the sweep of the last one is taken to be over: between rungs there is none for a moment. */
const secondsToLinger = 10;

type Errors = Pick<typeof import("bullmq"), "UnrecoverableError" | "WaitingError" | "DelayedError">;

/** The trials of a worker that are under way. */
export class Trials {
  readonly #running = new Map<string, Child>();
  readonly #under = new Set<Promise<unknown>>();
  /** The first takes a while to start. */
  #idle = [new Child()];
  #stopping = false;
  #refused = "";
  #busyAt = Date.now();

  constructor(
    private readonly options: Pick<TuneOptions, "memory" | "cache"> & { store: string; concurrency: number },
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

  /**
   * Opens a sweep before its first job comes, in as many processes as it has trials for at the least. Those that have another one
   * open keep it while they have trials of it.
   */
  async open(payload: Payload): Promise<void> {
    const paths = await pathsOf(payload, this.files);
    if (this.#stopping) return;
    const wanted = Math.min(this.options.concurrency, payload.seeds.length);
    const over = Date.now() - this.#busyAt > 1000 * secondsToLinger;
    while (this.#running.size + this.#idle.length < wanted) this.#idle.push(new Child());
    const own = this.#idle.filter(({ asked }) => over || !asked).slice(0, wanted);
    for (const child of own) child.open(this.#opening(payload, paths));
    if (own.length > 0) this.say("opens a sweep that begins");
  }

  /** With what this worker decides itself. There is no run folder here; nothing is read or written under its name. */
  #opening(payload: Payload, paths: Opening["paths"]): Opening {
    const { memory, cache, store } = this.options;
    return { payload, paths, own: { memory, cache, out: join(cache, "queue") }, store };
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
    // Some may have ended while they waited.
    this.#idle = this.#idle.filter(({ usable }) => usable);
    const child = this.#idle.pop() ?? new Child();
    this.#running.set(id, child);
    try {
      const asked = { job: id, ...this.#opening(payload, paths) };
      return await child.run(asked, (done) => void this.#tell(job, { done }));
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
