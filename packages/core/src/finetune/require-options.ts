import { requireOptions, requireWanted, type WantedOptions } from "../given/require.js";
import { called, having, isObject, number, oneOf, signals, whole, wordOr, type Wanted } from "../given/wanted.js";
import type { FinetuneOptions } from "./options.js";
import { trainingPrecisions } from "./precisions.js";
import { scheduleKinds } from "./schedule.js";

/** An object that holds these. */
function holding(wants: string, ...names: readonly string[]): Wanted {
  return { wants, is: (value) => isObject(value) && names.every((name) => isObject(Reflect.get(value, name))) };
}

const heads = having("the weights of a head by their names, such as the head of a stop", "get", "entries");

const schedules: Wanted = {
  wants: `a kind (${scheduleKinds.join(", ")}) and a warmup of at least 0, such as { kind: "linear", warmup: 0.05 }`,
  is: (value) =>
    isObject(value) &&
    oneOf(scheduleKinds).is(Reflect.get(value, "kind")) &&
    number({ from: 0 }).is(Reflect.get(value, "warmup")),
};

const weights: Wanted = {
  wants: "a list of a number of at least 0 for each class or label, some of them above 0",
  is: (value) => Array.isArray(value) && value.every(number({ from: 0 }).is) && value.some((weight) => weight > 0),
};

const wantedOptions: WantedOptions<FinetuneOptions> = {
  head: heads,
  architecture: having("a head, such as linearHead()", "attach", "initial"),
  epochs: whole({ from: 0 }),
  batch: whole({ from: 1 }),
  seed: whole(),
  learningRate: wordOr("auto", number({ from: 0 })),
  schedule: schedules,
  optimizer: having("an optimizer, such as adamw()", "update", "scalars"),
  clipNorm: wordOr("none", number({ above: 0 })),
  rateMultiplier: called,
  penalty: called,
  onset: called,
  batchNorm: oneOf(["frozen", "train"]),
  classWeights: weights,
  precision: oneOf(trainingPrecisions),
  patience: whole({ from: 1 }),
  cacheBytes: number({ from: 0 }),
  before: holding("z_0 of both sets, such as the features of a probing", "train", "validation"),
  headInputNorm: number({ from: 0 }),
  start: { wants: "the stop that the head is from", is: (value) => isObject(value) && "loss" in value },
  checkpoint: holding("what onCheckpoint was given", "tensors", "json"),
  onStep: called,
  onEpoch: called,
  onCheckpoint: called,
  saveEvery: whole({ from: 1 }),
  signal: signals,
};

/** @throws {DataError} with the first option that is none, or not of its kind */
export function requireFinetuneOptions(options: FinetuneOptions): void {
  requireOptions("finetune", options, wantedOptions);
  requireWanted("head", options.head, heads);
}
