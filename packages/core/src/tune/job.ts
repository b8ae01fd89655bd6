import type { Modality, TypedInput } from "../backbone/modality.js";
import type { CachedValues, CacheSpace } from "../data/cached-values.js";
import { groupOverlaps } from "../data/group-overlaps.js";
import { duplicatesIn, type Content, type Duplicates, type KnownSet, type SetName } from "../data/duplicates.js";
import type { Samples } from "../data/samples.js";
import { withTargets } from "../data/samples.js";
import { balancedWeights } from "../objectives/class-weights.js";
import { classification } from "../objectives/classification.js";
import { gapsOf, type Gap } from "../objectives/gaps.js";
import { multiLabel } from "../objectives/multi-label.js";
import type { Objective } from "../objectives/objective.js";
import { segmentation } from "../objectives/segmentation.js";
import { regression, scaleOf, standardised } from "../objectives/regression.js";
import { tokenClassification } from "../objectives/token-classification.js";
import { requireLearnable, requireScore, requireTargets } from "../objectives/require-targets.js";
import type { Data } from "../probe/data.js";
import type { Follower } from "./follower.js";
import type { Network } from "./network.js";
import type { OnProgress, Search } from "./progress.js";
import type { DataSummary, SetSummary } from "./results.js";
import { SettingError, weightsInOrder, type Settings } from "./settings/index.js";
import type { Store } from "./store/store.js";

/** A set of samples as its owner has it. */
export interface TuneSet<Source> {
  readonly source: Source;
  /** Where it came from. Default: nowhere that has a name. */
  readonly summary?: Omit<SetSummary, "count">;
  /** What tells its samples apart, for those that occur twice to be found. Default: they are not looked for. */
  readonly content?: Content;
}

export interface TuneSets<Source> {
  readonly train: TuneSet<Source>;
  readonly validation: TuneSet<Source>;
  /** Scored once, with the winner. */
  readonly test?: TuneSet<Source> | null;
  /** Sets from elsewhere, with the same outputs: measured, never chosen by. */
  readonly ood?: readonly TuneSet<Source>[];
}

/** The samples of a job, opened. */
export interface JobData extends Data {
  readonly test: Samples | null;
  readonly ood: readonly Samples[];
}

/** Where features that were computed before may lie. */
export interface FeatureCache {
  readonly store: Store;
  /** A key that changes with model, samples and preprocessing. @param value the name of the value that holds the features */
  key(set: "train" | "validation", value: string): string;
}

/**
 * Room beyond memory for values [rows, width] that are computed once, and read again for as long as a job lasts; whoever
 * gives it frees it.
 * @param key of these values: what lies under it already is not filled again
 */
export type Spill = (
  key: string,
  size: { readonly rows: number; readonly width: number },
  fill: (space: CacheSpace) => Promise<void>,
) => Promise<CachedValues>;

/** All that a tuning stands on, and what its trials share. */
export interface Job<Source = unknown> {
  readonly settings: Settings;
  readonly network: Network;
  readonly modality: Modality<Source>;
  readonly sets: TuneSets<Source>;
  readonly data: JobData;
  /** What each of the k logits stands for. */
  readonly outputs: readonly string[];
  /** Of each output in the training loss; null for all alike. */
  readonly classWeights: readonly number[] | null;
  readonly store: Store;
  readonly cache?: FeatureCache;
  /** For what is computed once below everything trained, and for activations at a cut. */
  readonly memoryBytes: number;
  /** For maps, and activations at a cut, that take more. Absent: they are refused. */
  readonly spill?: Spill;
  /** Of the exported file's sessions; the engine's unless given. */
  readonly threads?: number;
  readonly onProgress?: OnProgress;
  /** Told of every step of fine-tuning. */
  readonly search?: Search;
  /** Hears of it all in numbers. */
  readonly follower?: Follower;
  readonly signal?: AbortSignal;
  /**
   * Set where validation samples are training samples, so that nothing is chosen by them: the last epoch is kept, and
   * `converged` takes this L2 penalty.
   */
  readonly refit?: { readonly penalty?: number };
}

/** The objective that a setting names. @param names of its k outputs */
export function objectiveOf(
  { task, huber, metric }: Pick<Settings, "task" | "huber" | "metric">,
  names: readonly string[],
  train?: Pick<Samples, "targets">,
): Objective {
  const outputs = names.length;
  switch (task) {
    case "classification":
      if (metric === "roc-auc" && outputs !== 2)
        throw new SettingError(
          "metric",
          (named) => `${named("metric")} roc-auc is for two classes, and there are ${outputs}; leave it out`,
        );
      return classification(outputs, { metric });
    case "multi-label":
      return multiLabel(outputs);
    case "token-classification":
      return tokenClassification(names);
    case "segmentation":
      return segmentation(outputs);
    case "regression":
      return regression(outputs, { huber, ...(train ? { scale: scaleOf(train.targets) } : {}) });
  }
}

/**
 * Opens the sets of a job; the targets of a regression are standardised by the training samples.
 * @param inputs the backbone's
 */
export async function openData<Source>(
  engine: Data["engine"],
  modality: Modality<Source>,
  { train, validation, test, ood = [] }: TuneSets<Source>,
  settings: Settings,
  outputs: readonly string[],
  inputs: readonly TypedInput[],
): Promise<JobData> {
  const opened = await modality.open(train.source, engine, inputs);
  const objective = objectiveOf(settings, outputs, opened);
  const { scale } = objective;
  const ready = (samples: Samples): Samples =>
    scale ? withTargets(samples, standardised(samples.targets, scale)) : samples;
  const open = async ({ source }: TuneSet<Source>): Promise<Samples> =>
    ready(await modality.open(source, engine, inputs));
  const others: Samples[] = [];
  for (const set of ood) others.push(await open(set));
  const data = {
    engine,
    objective,
    train: ready(opened),
    validation: await open(validation),
    test: test ? await open(test) : null,
    ood: others,
  };
  requireLearnable(objective, data.train);
  requireTargets(objective, data.validation, "validation");
  if (data.test) requireTargets(objective, data.test, "test");
  for (const samples of others) requireTargets(objective, samples, "out-of-distribution");
  requireScore(objective, data.train, "training");
  requireScore(objective, data.validation, "validation");
  return data;
}

/** The weight of each output in the training loss, [k]; null for all alike. */
export function outputWeights(
  { classWeights, task }: Settings,
  outputs: readonly string[],
  train: Pick<Samples, "targets">,
): readonly number[] | null {
  if (classWeights === undefined) return null;
  if (task === "regression" || (task === "multi-label" && classWeights === "balanced"))
    throw new SettingError(
      "classWeights",
      (named) =>
        `${named("classWeights")} ${task === "regression" ? "is for classes" : "balanced is for one class each"}; leave it out`,
    );
  const weights = weightsInOrder(classWeights, outputs);
  return weights === "balanced" ? balancedWeights(train.targets.data, outputs) : weights;
}

/** What a job's results say of its data. */
export function summaryOf<Source>(job: Pick<Job<Source>, "sets" | "modality" | "data" | "outputs">): DataSummary {
  const { sets, modality, data, outputs } = job;
  const of = ({ count }: Samples, { summary = { path: null, skipped: 0 } }: TuneSet<Source>): SetSummary => ({
    ...summary,
    count,
  });
  return {
    sample: modality.sample,
    objective: data.objective.name,
    outputs: [...outputs],
    train: of(data.train, sets.train),
    validation: of(data.validation, sets.validation),
    test: data.test && of(data.test, sets.test!),
    ood: (sets.ood ?? []).map((set, i) => of(data.ood[i]!, set)),
    gaps: gapsOfJob(data, outputs),
    duplicates: duplicatesOf(job),
    groups: groupsOf(job),
  };
}

/** null where no groups are known. */
function groupsOf<Source>(job: Pick<Job<Source>, "sets" | "data">): DataSummary["groups"] {
  const { train, validation } = job.sets;
  if (!train.content?.groups) return null;
  const count = ({ content }: TuneSet<Source>): number =>
    new Set(content?.groups?.map((group, i) => group ?? i) ?? []).size;
  return { train: count(train), validation: count(validation), overlaps: groupOverlaps(knownSets(job)) };
}

function gapsOfJob({ objective, train, validation, test }: JobData, outputs: readonly string[]): Gap[] {
  return [
    ...gapsOf(objective, train.targets, outputs, "training"),
    ...gapsOf(objective, validation.targets, outputs, "validation", train.targets),
    ...(test ? gapsOf(objective, test.targets, outputs, "test", train.targets) : []),
  ];
}

/** null where a set says nothing of what its samples are */
export function duplicatesOf<Source>(job: Pick<Job<Source>, "sets" | "data">): Duplicates | null {
  return job.sets.train.content ? duplicatesIn(knownSets(job)) : null;
}

/** Those that say what tells their samples apart. */
function knownSets<Source>({ sets, data }: Pick<Job<Source>, "sets" | "data">): KnownSet[] {
  const known = (set: SetName, { content }: TuneSet<Source>, { targets }: Samples): KnownSet[] =>
    content ? [{ set, targets, ...content }] : [];
  return [
    ...known("training", sets.train, data.train),
    ...known("validation", sets.validation, data.validation),
    ...(sets.test && data.test ? known("test", sets.test, data.test) : []),
    ...(sets.ood ?? []).flatMap((set, i) => known("out-of-distribution", set, data.ood[i]!)),
  ];
}
