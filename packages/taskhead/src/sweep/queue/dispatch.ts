import type { Job, Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import type { Store } from "@taskhead/core";
import type { OnProgress } from "@taskhead/core/internals";
import { UserError } from "../../files/errors.js";
import type { SweepTrial } from "../../report/sweep/index.js";
import { InterruptedError } from "../../run/interrupted.js";
import { faultPrefix, jobOptions, loadBullmq, queueName, type JobProgress } from "./jobs.js";
import { jobIdOf, type SentPayload } from "./payload.js";
import { readResult } from "./results.js";

/** How often, and of how many jobs at a time, it is asked whether Redis still has them. */
const secondsBetweenLooks = 2;
const looksAtOnce = 200;

interface Waiting {
  payload: SentPayload;
  resolve(trial: SweepTrial): void;
  reject(error: unknown): void;
}

/**
 * The sweep's side of the queue: adds jobs, and waits for what they come to. Events tell of it at once; as they may be missed,
 * and a server may come back without its jobs, what is waited for is looked at again and again too.
 */
export class Dispatch {
  readonly #waiting = new Map<string, Waiting>();
  readonly #looking: NodeJS.Timeout;
  readonly #told = new Set<string>();
  #looks = false;

  private constructor(
    private readonly client: Redis,
    private readonly queue: Queue<SentPayload>,
    private readonly events: QueueEvents,
    private readonly trials: Store,
    private readonly priority: number,
    private readonly signal: AbortSignal,
    private readonly onProgress: OnProgress | undefined,
  ) {
    signal.addEventListener("abort", this.#stop);
    // A connection that is lost comes back; the client tells of it below.
    queue.on("error", () => {});
    events.on("error", () => {});
    client.on("close", this.#away);
    client.on("ready", () => this.#told.clear());
    events.on("completed", ({ jobId }) => void this.#look(jobId));
    events.on("failed", ({ jobId }) => void this.#look(jobId));
    events.on("progress", ({ jobId, data }) => {
      const { refused } = data as Partial<Extract<JobProgress, { refused: string }>>;
      if (refused !== undefined && this.#waiting.has(jobId)) this.#tell(`a worker gives trials back: ${refused}`);
    });
    this.#looking = setInterval(() => void this.#lookAtSome(), 1000 * secondsBetweenLooks);
  }

  /** @param client a connection of its own, which `close` ends */
  static async open(
    client: Redis,
    trials: Store,
    { priority, signal, onProgress }: { priority: number; signal: AbortSignal; onProgress?: OnProgress | undefined },
  ): Promise<Dispatch> {
    const { Queue, QueueEvents } = await loadBullmq();
    const queue = new Queue<SentPayload>(queueName, { connection: client });
    const events = new QueueEvents(queueName, { connection: client });
    return new Dispatch(client, queue, events, trials, priority, signal, onProgress);
  }

  /** @throws {UserError} what no worker can mend, {InterruptedError} when stopped */
  async run(payload: SentPayload): Promise<SweepTrial> {
    const id = jobIdOf(payload);
    const known = await readResult(this.trials, id, this.onProgress);
    if (known) return known;
    try {
      return await new Promise<SweepTrial>((resolve, reject) => {
        this.#waiting.set(id, { payload, resolve, reject });
        if (this.signal.aborted) this.#stop();
        else void this.#look(id, true);
      });
    } finally {
      this.#waiting.delete(id);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.signal.removeEventListener("abort", this.#stop);
    this.client.off("close", this.#away);
    // A server that is away would be waited for.
    const patience = new Promise<void>((resolve) => setTimeout(resolve, 1000).unref());
    await Promise.race([Promise.allSettled([this.queue.close(), this.events.close()]), patience]);
    this.client.disconnect();
    await Promise.allSettled([this.queue.disconnect(), this.events.disconnect()]);
  }

  readonly #away = (): void => this.#tell("the queue is away; waiting for it");
  readonly #stop = (): void => this.#waiting.forEach(({ reject }) => reject(new InterruptedError(stopped)));

  /** What has become of a job that is waited for; one that Redis has not is added. @param begins of what an earlier sweep left */
  async #look(id: string, begins = false): Promise<void> {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    try {
      const state = await this.queue.getJobState(id);
      if (state === "failed" && !begins) return await this.#fail(id, waiting);
      if (!["failed", "completed", "unknown"].includes(state)) return;
      const done = await readResult(this.trials, id, this.onProgress);
      if (done) return waiting.resolve(done);
      // Failed in an earlier sweep, or done for a store that has lost it.
      if (state !== "unknown") await this.queue.remove(id);
      await this.queue.add("trial", waiting.payload, jobOptions(id, this.priority));
    } catch (error) {
      waiting.reject(error);
    }
  }

  async #lookAtSome(): Promise<void> {
    if (this.#looks || this.client.status !== "ready") return;
    this.#looks = true;
    const some = [...this.#waiting].slice(0, looksAtOnce);
    // Those come last the next time.
    for (const [id, waiting] of some) {
      this.#waiting.delete(id);
      this.#waiting.set(id, waiting);
    }
    await Promise.all(some.map(([id]) => this.#look(id)));
    // Some servers do not tell who is connected.
    const workers = await this.queue.getWorkersCount().catch(() => 1);
    if (workers === 0 && some.length > 0) this.#tell("there is no worker at the queue; start one: taskhead worker");
    this.#looks = false;
  }

  /** One that fails ends the sweep: the others that wait are taken back. */
  async #fail(id: string, failed: Waiting): Promise<void> {
    const job: Job | undefined = await this.queue.getJob(id);
    const reason = job?.failedReason ?? "its job failed";
    const all = [...this.#waiting];
    const error = reason.startsWith(faultPrefix) ? new Error(reason.slice(faultPrefix.length)) : new UserError(reason);
    // What a worker holds is left to it.
    await Promise.allSettled(all.filter(([other]) => other !== id).map(([other]) => this.queue.remove(other)));
    failed.reject(error);
    for (const [, { reject }] of all) reject(error);
  }

  /** Each line once, until the queue was away and is back. */
  #tell(text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.onProgress?.({ kind: "message", text });
  }
}

const stopped = "saved; workers go on with what is in the queue, and the same command collects it";
