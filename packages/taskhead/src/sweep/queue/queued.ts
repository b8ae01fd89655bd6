import type { Redis } from "ioredis";
import type { Configuration, OnProgress, RunStore } from "@taskhead/core/internals";
import { runOf } from "@taskhead/core/internals";
import type { OpenRun } from "../../run/refusable.js";
import { openStore, type SharedStore } from "../../store/open-store.js";
import { connectRedis, hangUp } from "../../store/redis-client.js";
import { limited } from "../limited.js";
import type { RunSweepTrial } from "../run-trial.js";
import type { QueueOptions } from "../sweep-options.js";
import type { Keep, Workbench } from "../workbench.js";
import { announce } from "./announced.js";
import { Dispatch } from "./dispatch.js";
import { queueAddress } from "./kinds.js";
import { payloadOf, type Files, type SweepOfJobs } from "./payload.js";
import { placeFiles } from "./place-files.js";
import { givenFeatures } from "./shared-features.js";
import { sbatchOf, writeSlurmJob } from "./slurm.js";
import { claimRun, contentsOf } from "./runs.js";

/** A sweep whose trials are run by workers. */
export class QueuedTrials {
  #begun: { configuration: Configuration; trials: RunStore } | undefined;
  #files: Files | undefined;

  private constructor(
    private readonly client: Redis,
    private readonly shared: SharedStore,
    private readonly options: QueueOptions,
  ) {}

  /** @throws {UserError} if the queue or the store cannot be reached */
  static async open(options: QueueOptions): Promise<QueuedTrials> {
    const client = await connectRedis("--queue", queueAddress(options.url));
    try {
      return new QueuedTrials(client, await openStore(options.store), options);
    } catch (error) {
      client.disconnect();
      throw error;
    }
  }

  /** Results in the run folder, the rest where workers find it. @param open makes a folder a run's */
  keep(open: OpenRun): Keep {
    return async (path, configuration) => {
      const results = await open(path, configuration);
      const trials = await claimRun(this.shared.store, await runOf(configuration), configuration);
      this.#begun = { configuration, trials };
      return { results, trials, features: givenFeatures(this.shared.store) };
    };
  }

  /** Puts data and models where workers find them, and tells them. @throws {UserError} if the store does not take them */
  async place(bench: Workbench, signal?: AbortSignal): Promise<void> {
    const { groups, seeds } = bench.options;
    this.#files = await placeFiles(groups, this.shared, signal);
    const any = { group: 0, tau: 0, learningRate: null, seed: seeds[0]! };
    await announce(this.client, payloadOf(bench, this.#sweep, any, 1)).catch(() => {});
  }

  get #sweep(): SweepOfJobs {
    const { configuration, trials } = this.#begun!;
    return { run: trials.run!, contents: contentsOf(configuration), files: this.#files! };
  }

  /** After the workbench was opened with `keep`, and its files were placed. */
  async start(
    bench: Workbench,
    signal: AbortSignal,
    onProgress?: OnProgress,
  ): Promise<{ run: RunSweepTrial; close(): Promise<void> }> {
    const { trials } = this.#begun!;
    const dispatch = await Dispatch.open(this.client, trials, { priority: this.options.priority, signal, onProgress });
    onProgress?.({
      kind: "message",
      text: `trials go to the workers of the queue, with the store ${this.shared.shown}`,
    });
    const { slurm, store } = this.options;
    if (slurm !== undefined) {
      const { out, threads } = bench.options.groups[0]!;
      const file = writeSlurmJob(out, { workers: slurm, store, threads });
      onProgress?.({ kind: "message", text: `${sbatchOf(file)} starts ${slurm} workers` });
    }
    return {
      run: limited(Infinity, signal, (trial, epochs) => dispatch.run(payloadOf(bench, this.#sweep, trial, epochs))),
      close: () => dispatch.close(),
    };
  }

  close(): void {
    hangUp(this.client);
    this.shared.close();
  }
}
