import { createEngine, methods, type ProbeStop } from "@taskhead/core";
import type { TuneOptions } from "../options/options.js";
import type { SweepOptions } from "../commands/sweep.js";
import type { Context } from "../run/context.js";
import type { Finetuning } from "../run/finetuning.js";
import { silent } from "../terminal/progress.js";
import { prepare, withNetwork, type Prepared } from "../run/prepare.js";
import { probing, startOf, type Probed } from "../run/probed.js";
import type { Configuration } from "../run/run-folder.js";
import { loadRuntime } from "../run/runtime.js";
import { probingName, trialFolder, union, type Trial } from "./trial.js";

export type BenchContext = Pick<Context, "progress" | "signal">;

/**
 * What all trials stand on: the data, a network for each group, and the heads, probed once for each network, head,
 * smoothing and seed. The seed of the split is `--seed`, so that all trials see the same images, and features are
 * computed once.
 */
export class Workbench {
  readonly #probed = new Map<string, Promise<Probed>>();

  private constructor(
    readonly options: SweepOptions,
    /** One for each of the groups. */
    readonly prepared: readonly Prepared[],
    readonly context: BenchContext,
  ) {}

  /** @param threads of the runtime @throws {UserError} on input that cannot be used */
  static async open(options: SweepOptions, context: BenchContext, threads: number): Promise<Workbench> {
    const [first, ...others] = options.groups;
    const opened = await prepare(first!, context, configurationOf(options));
    const shared = { ...opened, engine: createEngine(await loadRuntime(), { threads }) };
    const prepared = [shared];
    for (const group of others) prepared.push(await withNetwork(shared, group));
    return new Workbench(options, prepared, context);
  }

  /** The heads of a group at every tau that any trial may start from. */
  probed(group: number, seed: number): Promise<Probed> {
    const { groups } = this.options;
    const name = probingName(groups[group]!, seed);
    const known = this.#probed.get(name);
    if (known) return known;
    const sharing = groups.filter((other) => probingName(other, seed) === name);
    const taus = union(sharing.map((other) => other.taus));
    const options: TuneOptions = {
      ...groups[group]!,
      seed,
      taus: taus.length > 0 ? taus : "auto",
      probeEpochs: Math.max(...sharing.map((other) => other.probeEpochs)),
    };
    const prepared = this.prepared[group]!;
    const found = probing({ ...prepared, folder: prepared.folder.inside(`probing/${name}`) }, options, this.context);
    this.#probed.set(name, found);
    return found;
  }

  async stop({ group, tau, seed }: Pick<Trial, "group" | "tau" | "seed">): Promise<ProbeStop> {
    return (await this.probed(group, seed)).stops.find((stop) => stop.tau === tau)!;
  }

  /** A trial as a run of fine-tuning; without a rate, one is still to be found. */
  async finetuning(trial: Trial): Promise<Finetuning> {
    const { group, tau, seed, learningRate } = trial;
    const { before } = await this.probed(group, seed);
    const stop = await this.stop(trial);
    const prepared = this.prepared[group]!;
    return {
      ...prepared,
      ...this.context,
      folder: prepared.folder.inside(trialFolder(this.options, trial)),
      backbone: startOf(prepared, stop),
      stop,
      options: { ...this.options.groups[group]!, taus: [tau], seed, lr: learningRate ?? "auto" },
      ...(before ? { before } : {}),
    };
  }

  /** For trials, which are too many to show each by its steps. */
  quiet(): Workbench {
    return new Workbench(this.options, this.prepared, { ...this.context, progress: silent });
  }

  trains(group: number): boolean {
    return methods[this.options.groups[group]!.method].trains !== "nothing";
  }

  close(): Promise<void> {
    return this.prepared[0]!.data.close();
  }
}

/** Threads of one trial: a share of all, whatever memory allows at the moment, so that results do not depend on that. */
export function threadsPerTrial({ groups, jobs }: SweepOptions): number {
  return Math.max(1, Math.floor(groups[0]!.threads / jobs));
}

/** What a sweep decides beyond a tuning run. */
function configurationOf(options: SweepOptions): Configuration {
  const { grid } = options;
  return {
    "--method": grid.method,
    "--head": grid.head,
    "--smoothing": grid.smoothing,
    "--taus": grid.taus,
    "--lr": grid.lr,
    "--seeds": options.seeds.join(),
    "the number of threads of a trial (--threads / --jobs)": threadsPerTrial(options),
  };
}
