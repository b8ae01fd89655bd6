import type { ProbeStop, Store } from "@taskhead/core";
import {
  learningRateOf,
  localTrials,
  methods,
  type OnProgress,
  type Probed,
  probing,
  type RunTrial,
  tauKey,
  type TrialSpec,
  type Configuration,
} from "@taskhead/core/internals";
import type { SweepOptions } from "./sweep-options.js";
import type { TuneOptions } from "../options/options.js";
import type { Listener } from "../data/listener.js";
import { prepare, withSettings, type Prepared } from "../run/prepare.js";
import type { OpenRun } from "../run/refusable.js";
import { probingName, trialFolder, union, type Trial } from "./trial.js";

/**
 * What all trials stand on: the data, a network for each group, and the heads, probed once for each network, head,
 * smoothing and seed. The seed of the split is one, so that all trials see the same images, and features are
 * computed once.
 */
export class Workbench {
  readonly #probed = new Map<string, Promise<Probed>>();

  private constructor(
    readonly options: SweepOptions,
    /** One for each of the groups. */
    readonly prepared: Prepared[],
    /** Of what is probed, tested and trained. */
    private readonly trials: Store,
    private readonly features: Kept["features"],
  ) {}

  /**
   * @param threads of the runtime
   * @param keep where results and trials are kept
   * @throws {UserError} on input that cannot be used
   */
  static async open(options: SweepOptions, listener: Listener, threads: number, keep: Keep): Promise<Workbench> {
    let kept: Kept | undefined;
    const opening = async (path: string, configuration: Configuration): Promise<Store> => {
      kept = await keep(path, configuration);
      return kept.results;
    };
    // The side network is read with the backbone, whichever group trains it.
    const side = options.groups.map((group) => group.side).find((path) => path !== undefined);
    const first = { ...options.groups[0]!, ...(side === undefined ? {} : { side }) };
    const opened = await prepare(first, listener, opening, { beyond: configurationOf(options), threads });
    const { trials, features } = kept!;
    const shared = withFeatures(opened, features);
    const groups = options.groups.map((group) => settledBy(shared, group));
    const [, ...others] = groups;
    const prepared = [shared];
    for (const group of others) prepared.push(withFeatures(await withSettings(shared, group), features));
    return new Workbench({ ...options, groups }, prepared, trials, features);
  }

  /** Makes room for trials of another method, head or smoothing on the same data. @returns its place among the groups */
  async admit(group: TuneOptions): Promise<number> {
    const { groups } = this.options;
    const known = groups.findIndex((one) => JSON.stringify(one) === JSON.stringify(group));
    if (known >= 0) return known;
    this.prepared.push(withFeatures(await withSettings(this.prepared[0]!, group), this.features));
    return groups.push(group) - 1;
  }

  /** The heads of a group at every tau that any trial may start from. */
  probed(group: number, seed: number): Promise<Probed> {
    const name = probingName(this.options.groups[group]!, seed);
    const known = this.#probed.get(name);
    if (known) return known;
    const settings: TuneOptions = { ...this.options.groups[group]!, seed, ...this.probingAsked(group, seed) };
    const prepared = this.prepared[group]!;
    const found = probing({ ...prepared, settings, store: this.trials.within(`probing/${name}`) });
    this.#probed.set(name, found);
    return found;
  }

  /** What all groups that share a probing ask of it together. */
  probingAsked(group: number, seed: number): Pick<TuneOptions, "taus" | "probeEpochs"> {
    const { groups } = this.options;
    const name = probingName(groups[group]!, seed);
    const sharing = groups.filter((other) => probingName(other, seed) === name);
    const taus = union(sharing.map((other) => other.taus));
    return {
      taus: taus.length > 0 ? taus : "auto",
      probeEpochs: Math.max(...sharing.map((other) => other.probeEpochs)),
    };
  }

  async stop({ group, tau, seed }: Pick<Trial, "group" | "tau" | "seed">): Promise<ProbeStop> {
    return (await this.probed(group, seed)).stops.find((stop) => stop.tau === tau)!;
  }

  /** What range tests find for a head: once, whichever methods start from it. */
  async foundRate(group: number, stop: ProbeStop, seed: number): Promise<number> {
    const settings: TuneOptions = { ...this.options.groups[group]!, seed, lr: "auto" };
    const prepared = this.prepared[group]!;
    const store = this.trials.within(`rates/${probingName(settings, seed)}`);
    return learningRateOf({ ...prepared, settings, store }, stop);
  }

  /** Trains a trial on to an epoch, as `tune` would. @param quiet for trials that are too many to show each by its steps */
  async run(trial: Trial, epochs: number, quiet: boolean): ReturnType<RunTrial> {
    const prepared = this.prepared[trial.group]!;
    const probed = await this.probed(trial.group, trial.seed);
    const job = quiet ? { ...prepared, onProgress: damageAlone(prepared.onProgress) } : prepared;
    return localTrials(job, probed)(this.spec(trial), epochs, this.storeOf(trial));
  }

  storeOf(trial: Trial): Store {
    return this.trials.within(`${trialFolder(this.options, trial)}/tau-${tauKey(trial.tau)}`);
  }

  spec({ group, tau, seed, learningRate }: Trial): TrialSpec {
    const settings: TuneOptions = {
      ...this.options.groups[group]!,
      taus: [tau],
      seed,
      ...(learningRate === null ? {} : { lr: learningRate }),
    };
    return { tau, learningRate, settings };
  }

  trains(group: number): boolean {
    return methods[this.options.groups[group]!.method].trains !== "nothing";
  }

  close(): Promise<void> {
    return this.prepared[0]!.sets.close();
  }
}

/** Where a sweep is kept: its results, and what its trials read and write. */
export interface Kept {
  readonly results: Store;
  readonly trials: Store;
  /** Of a cache of features one that others share. */
  readonly features?: ((own: Store) => Store) | undefined;
}

export type Keep = (path: string, configuration: Configuration) => Promise<Kept>;

/** Both in the run folder. @param open makes a folder a run's */
export function inRunFolder(open: OpenRun): Keep {
  return async (path, configuration) => {
    const store = await open(path, configuration);
    return { results: store, trials: store };
  };
}

function withFeatures(prepared: Prepared, features: Kept["features"]): Prepared {
  const { cache } = prepared;
  return features && cache ? { ...prepared, cache: { ...cache, store: features(cache.store) } } : prepared;
}

/** Of many trials at once only what was damaged is told. */
function damageAlone(onProgress: OnProgress | undefined): OnProgress {
  return (event) => {
    if (event.kind === "message" && event.damaged) onProgress?.(event);
  };
}

/** What was measured for `auto` is not measured again by the processes that run trials. */
function settledBy({ reading }: Prepared, group: TuneOptions): TuneOptions {
  return group.mean === "auto" ? { ...group, ...reading.settled } : group;
}

/** Threads of one trial: a share of all, whatever memory allows at the moment, so that results do not depend on that. */
export function threadsPerTrial({ groups, jobs }: SweepOptions): number {
  return Math.max(1, Math.floor(groups[0]!.threads / jobs));
}

/** What a sweep decides beyond a tuning run. */
function configurationOf(options: SweepOptions): Configuration {
  const { grid, others } = options;
  return {
    ...others,
    "--method": grid.method,
    "--head": grid.head,
    "--smoothing": grid.smoothing,
    "--taus": grid.taus,
    "--lr": grid.lr,
    "--seeds": options.seeds.join(),
    "--no-halving": options.halving ? null : "true",
    "--seed": null,
    "--split-seed": options.groups[0]!.seed,
    "the number of threads of a trial (--threads / --jobs)": threadsPerTrial(options),
  };
}
