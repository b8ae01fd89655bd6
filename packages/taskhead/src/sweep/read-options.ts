import {
  flag,
  methods,
  otherwise,
  trainingOptions,
  whole,
  type Identity,
  type MethodName,
  type Table,
} from "@taskhead/core/settings";
import { UserError } from "../files/errors.js";
import { flagOf, readOptions, readValue, usually } from "../options/command-line.js";
import { pathTo } from "../options/kinds.js";
import type { Commits } from "../files/hub-address.js";
import { identityOf, parseOptions, type TuneOptions } from "../options/options.js";
import { optionTable, type Optioned } from "../options/table.js";
import { axes, product, values, type Grid } from "./grid.js";
import { queueUrl, queueVariable, storeAddress } from "./queue/kinds.js";
import { defaultRates, parseRate } from "./rate.js";
import { seedList } from "./seeds.js";
import type { SweepOptions } from "./sweep-options.js";

type Point = Record<"method" | "head" | "smoothing", string>;

/** What a sweep adds to the options of `tune`. */
interface Added {
  seeds: number[];
  /** Not `seed`, which is too like `seeds`. */
  splitSeed: number;
  grid?: string;
  halving: boolean;
  jobs?: number;
  queue?: string;
  store?: string;
  priority: number;
  slurm?: number;
}

export const addedTable: Table<Added> = {
  seeds: {
    kind: seedList,
    default: [0, 1, 2],
    says: "of heads and of the order of batches, one by one: 0,1 are two seeds",
    group: "Sweep",
  },
  splitSeed: {
    kind: optionTable.seed.kind,
    default: 0,
    says: "seed of the split, which all trials share, where there is no --val",
    group: "Sweep",
  },
  grid: {
    kind: pathTo("file"),
    otherwise: "none",
    says: `YAML file that maps axes (${axes.join(", ")}) to values, in place of their flags`,
    group: "Sweep",
  },
  halving: {
    kind: flag,
    default: true,
    says: "only the better half of the candidates trains on, from rung to rung",
    off: "train all candidates to the last epoch, not the better half from rung to rung",
    group: "Sweep",
  },
  jobs: {
    kind: whole({ from: 1 }),
    otherwise: "as many as threads, if memory allows",
    says: "trials at once, which share the threads",
    group: "Sweep",
  },
  queue: {
    kind: queueUrl,
    otherwise: "trials run on this machine",
    says: `have trials run by workers (taskhead worker), by a Redis or Valkey server: redis://host:6379, rediss:// for TLS; env takes the address from ${queueVariable}`,
    group: "Queue",
  },
  store: {
    kind: storeAddress,
    otherwise: "the run folder",
    says: "with --queue: where sweep and workers keep trials, data and models: a folder that all of them reach, s3://bucket/prefix, or for small ones redis://host",
    group: "Queue",
  },
  priority: {
    kind: whole({ from: 1, to: 2_097_151 }),
    default: 1,
    says: "with --queue: of this sweep among others in the queue, 1 is first",
    group: "Queue",
  },
  slurm: {
    kind: whole({ from: 1, to: 10_000 }),
    otherwise: "none is written",
    says: "with --queue: write an array job of so many workers for Slurm, workers.sbatch in the run folder",
    group: "Queue",
    placeholder: "workers",
  },
};

/** Of methods that train something after probing. */
const ofTraining: readonly string[] = [...trainingOptions, "augment"];

/** What each axis is unless given. */
const defaults = {
  ...(Object.fromEntries(
    axes.map((axis) => [axis, usually(axis === "seeds" ? addedTable.seeds : optionTable[axis])]),
  ) as Grid),
  lr: defaultRates,
};

const { seed: _, blends: __, forecast: ___, starts: ____, folds: _____, from: ______, ...ofBoth } = optionTable;

/** As `tune`, with other words for what a list or another option takes over; it exports a run, averages none, and forecasts none. */
export const sharedTable: Table<Omit<Optioned, "seed" | "blends" | "forecast" | "starts" | "folds" | "from">> = {
  ...ofBoth,
  lr: otherwise(
    optionTable.lr,
    { otherwise: defaultRates },
    "learning rates of fine-tuning; auto is what a range test finds for a tau",
  ),
};

/**
 * Checks what commander read.
 * @param file what the file of --grid says
 * @param commits of what was fetched from the hub
 * @throws {UserError} one line that names the option, what it wants and what it got
 */
export function parseSweep(
  train: string,
  given: Readonly<Record<string, unknown>>,
  file: Partial<Grid> = {},
  commits?: Commits,
): SweepOptions {
  const { grid: gridFile, halving, jobs, seeds, splitSeed, queue, store, priority, slurm, ...others } = given;
  const added = readOptions(addedTable, {
    grid: gridFile,
    halving,
    jobs,
    seeds,
    splitSeed,
    queue,
    store,
    priority,
    slurm,
  });
  const queued = added.queue !== undefined;
  refuseIdle(queued, { jobs, store, priority, slurm });
  // How many cores a worker has is nobody's concern here: a trial has one, unless asked otherwise.
  const shared = queued ? { threads: "1", ...others } : others;
  if (added.splitSeed !== undefined && given["val"] !== undefined)
    throw new UserError("--split-seed is for a split, and with --val none is made; leave one out");
  const grid = gridOf(given, file);
  const points = product({
    method: values(grid.method),
    head: values(grid.head),
    smoothing: values(grid.smoothing),
  });
  const rates = values(grid.lr).map(parseRate);
  // A number among the rates makes the schedule that of numbers, for all alike.
  const fixed = rates.find((rate) => "fixed" in rate);
  const lr = fixed ? String(fixed.fixed) : "auto";
  const asked = points.map((point) => {
    const own = givenFor(point, grid, { ...shared, lr: isRateAsked(grid, given, file) ? lr : undefined });
    return parseOptions(train, { ...own, ...point, taus: tausFor(point, grid), seed: splitSeed }, commits);
  });
  // The first says what is the same for all, as far as epochs and augmented samples, which only one that trains knows.
  const groups = [...asked.filter(trains), ...asked.filter((group) => !trains(group))];
  return {
    groups,
    rates,
    seeds: readValue("--seeds", seedList, grid.seeds),
    halving: added.halving ?? true,
    jobs: queued ? 1 : (added.jobs ?? groups[0]!.threads),
    grid,
    others: othersOf(asked),
    ...queueOf(added, groups[0]!.out),
  };
}

/** @throws {UserError} if an axis is given twice */
function gridOf(given: Readonly<Record<string, unknown>>, file: Partial<Grid>): Grid {
  const twice = axes.find((axis) => given[axis] !== undefined && file[axis] !== undefined);
  if (twice) throw new UserError(`--${twice} is given and stands in --grid ${String(given["grid"])}; leave one out`);
  return Object.fromEntries(axes.map((axis) => [axis, file[axis] ?? given[axis] ?? defaults[axis]])) as Grid;
}

/** @param out the run folder, which workers share where no other store is given */
function queueOf({ queue: url, store, priority, slurm }: Partial<Added>, out: string): Pick<SweepOptions, "queue"> {
  if (url === undefined) return {};
  return {
    queue: {
      url,
      store: store ?? out,
      priority: priority ?? addedTable.priority.default!,
      ...(slurm === undefined ? {} : { slurm }),
    },
  };
}

/** What decides results in some groups and is not what it is in others, with all its values. */
function othersOf(groups: readonly TuneOptions[]): Record<string, string> {
  const all = groups.some(trains) ? groups.map(decidingIn) : groups.map(identityOf);
  const found: Record<string, string> = {};
  for (const flag of new Set(all.flatMap((own) => Object.keys(own)))) {
    const known = new Set(all.flatMap((own) => (flag in own ? [own[flag] ?? null] : [])));
    if (known.size > 1) found[flag] = [...known].filter((value) => value !== null).join();
  }
  return found;
}

/** How others are trained decides nothing where nothing is. */
function decidingIn(group: TuneOptions): Identity {
  const identity = identityOf(group);
  if (trains(group)) return identity;
  const idle = new Set(ofTraining.map(flagOf(optionTable)));
  return Object.fromEntries(Object.entries(identity).filter(([flag]) => !idle.has(flag)));
}

/** Whether anything follows probing. What is no method is refused where it is read. */
function trains({ method }: { readonly method: string }): boolean {
  return !Object.hasOwn(methods, method) || methods[method as MethodName].trains !== "nothing";
}

function someTrain({ method }: Grid): boolean {
  return values(method).some((name) => trains({ method: name }));
}

/** Whether there is a rate for what is trained, or one that would do nothing, to be refused. */
function isRateAsked(grid: Grid, given: Readonly<Record<string, unknown>>, file: Partial<Grid>): boolean {
  return someTrain(grid) || (file.lr ?? given["lr"]) !== undefined;
}

/** @throws {UserError} on an option that would do nothing */
function refuseIdle(
  queued: boolean,
  { jobs, ...ofQueue }: Readonly<Record<"jobs" | "store" | "priority" | "slurm", unknown>>,
): void {
  if (queued && jobs !== undefined)
    throw new UserError("--jobs is for trials on this machine, and with --queue workers run them (taskhead worker --concurrency); leave it out"); // prettier-ignore
  const idle = Object.entries(ofQueue).find(([, value]) => value !== undefined);
  if (!queued && idle) throw new UserError(`--${idle[0]} is for --queue; add it, or leave --${idle[0]} out`);
}

/** A method that is made by its tau sets it, and leaves the taus to the others. */
function tausFor({ method }: Point, grid: Grid): string {
  return setsTau(method) && !values(grid.method).every(setsTau) ? "auto" : grid.taus;
}

function setsTau(method: string): boolean {
  return Object.hasOwn(methods, method) && "tau" in methods[method as MethodName];
}

/** What is for one head, for one method, or for those that train is kept from the others of a list. */
function givenFor(
  { method, head }: Point,
  grid: Grid,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { side, spAlpha, spBeta, unfreezeEpochs, loraRank, loraAlpha, loraTargets, ...others } = given;
  const { headWidth, headDepth, headActivation, headDropout, ...rest } = others;
  const ofMlp = { headWidth, headDepth, headActivation, headDropout };
  // A head that adamw probes takes no step of sgd.
  const idle: readonly string[] =
    trains({ method }) || !someTrain(grid)
      ? []
      : [...ofTraining, ...(rest["probeOptimizer"] === "adamw" ? ["momentum"] : [])];
  const ofMethod = (name: string, own: Record<string, unknown>): Record<string, unknown> =>
    method === name || !values(grid.method).includes(name) ? own : {};
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([name]) => !idle.includes(name))),
    ...(head === "mlp" || !values(grid.head).includes("mlp") ? ofMlp : {}),
    ...ofMethod("side", { side }),
    ...ofMethod("l2-sp", { spAlpha, spBeta }),
    ...ofMethod("gradual", { unfreezeEpochs }),
    ...ofMethod("lora", { loraRank, loraAlpha, loraTargets }),
  };
}
