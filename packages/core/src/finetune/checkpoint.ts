import { DataError } from "../given/errors.js";
import type { Adaptation } from "../measures/adaptation.js";
import type { Tally } from "../objectives/objective.js";
import type { TrainerState } from "../engine/trainer.js";
import { copyWeights } from "../engine/weights.js";

/** One epoch of fine-tuning. Losses are the objective's means, scores at most 1. */
export interface EpochMetrics {
  /** From 1. */
  epoch: number;
  /** Over the epoch's batches as they were met, weighted by their size. */
  loss: number;
  /** Likewise: each batch judged before its own update. */
  trainScore: number;
  validationLoss: number;
  validationScore: number;
  /** Standard error of that score; null where it is not known. */
  validationError: number | null;
  /** From z_0 to the features after this epoch, on the validation set. */
  adaptation: Adaptation;
  /** ‖W‖ after this epoch. */
  headNorm: number;
}

/** Where a run stands; plain numbers, so that JSON keeps them exactly. */
export interface Progress {
  /** Epochs finished. */
  epoch: number;
  /** Batches done in the epoch under way. */
  batch: number;
  /** Of the epoch under way: the sum of losses times batch sizes, and samples seen. */
  lossSum: number;
  seen: number;
  /** Of the epoch under way: the sum of its batches' tallies. */
  tally: Tally;
  /** Of the very first batch; null before it. */
  firstLoss: number | null;
  history: EpochMetrics[];
  /** 0 before the first epoch's end. */
  bestEpoch: number;
  /** Of that epoch on the validation samples (`Score`); null before the first epoch's end, and where there is none. */
  bestHits: string | null;
  bestContributions: number[] | null;
}

/** The options that must be the same for a run to go on. */
export type RunIdentity = Readonly<Record<string, string | number>>;

/**
 * All that a run needs to go on bit for bit: tensors for a binary file, the rest for JSON. The tensors that a run under way hands
 * over are its own memory.
 */
export interface FinetuneCheckpoint {
  /** `now.<name>`: parameters and optimizer state; `best.<name>`: the best epoch's parameters. */
  tensors: Map<string, Float32Array>;
  json: { format: 4; step: number; run: RunIdentity; progress: Progress };
}

export function makeCheckpoint(
  trainer: TrainerState,
  best: ReadonlyMap<string, Float32Array>,
  progress: Progress,
  run: RunIdentity,
): FinetuneCheckpoint {
  const tensors = new Map([...prefixed("now.", trainer.tensors), ...prefixed("best.", best)]);
  return { tensors, json: { format: 4, step: trainer.step, run, progress: structuredClone(progress) } };
}

/** One that stays as it is when the run goes on. */
export function copyCheckpoint({ tensors, json }: FinetuneCheckpoint): FinetuneCheckpoint {
  return { tensors: copyWeights(tensors), json };
}

/** @throws {DataError} if the checkpoint is from a run with other options. */
export function readCheckpoint(
  { tensors, json }: FinetuneCheckpoint,
  run: RunIdentity,
): { trainer: TrainerState; best: Map<string, Float32Array>; progress: Progress } {
  if (json.format !== 4)
    throw new DataError(
      "the checkpoint is of another version of taskhead; start afresh, or finish it with that version",
    );
  for (const key of Object.keys(run))
    if (json.run[key] !== run[key])
      throw new DataError(
        `the checkpoint is from a run with ${key} ${json.run[key]}, not ${run[key]}; start afresh or restore the option`,
      );
  return {
    trainer: { step: json.step, tensors: currentTensors({ tensors }) },
    best: bestSoFar({ tensors }),
    progress: structuredClone(json.progress),
  };
}

/** The best epoch's parameters. */
export function bestSoFar({ tensors }: Pick<FinetuneCheckpoint, "tensors">): Map<string, Float32Array> {
  return unprefixed("best.", tensors);
}

/** The parameters and optimizer state that a checkpoint stands at. */
export function currentTensors({ tensors }: Pick<FinetuneCheckpoint, "tensors">): Map<string, Float32Array> {
  return unprefixed("now.", tensors);
}

function prefixed(prefix: string, tensors: ReadonlyMap<string, Float32Array>): [string, Float32Array][] {
  return [...tensors].map(([name, data]) => [prefix + name, data]);
}

function unprefixed(prefix: string, tensors: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> {
  return new Map(
    [...tensors].flatMap(([name, data]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), data] as const] : [],
    ),
  );
}
