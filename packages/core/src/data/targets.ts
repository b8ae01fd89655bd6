import { sizeOf } from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import type { Engine } from "../engine/engine.js";
import { rows } from "./cached-values.js";
import { DataError } from "../given/errors.js";
import { shown } from "../given/words.js";

/**
 * What is to be predicted, a row per unit, which is a sample unless `starts` says otherwise: class indices (Int32Array, shape
 * []), a map of them (shape [height, width], −1 where a place does not count),
 * or numbers (Float32Array, shape [k]; NaN where one was not measured).
 */
export interface Targets {
  /** [units, …shape], row-major. */
  readonly data: Int32Array | Float32Array;
  /** Of one unit: a sample, or what of it has a target of its own. */
  readonly shape: readonly number[];
  /**
   * Where each sample's units begin, and where the last one's end, [N + 1], where a sample has as many units as it happens to
   * have: the words of a text. Features and logits then have a row for each unit. Absent: a sample is one unit.
   */
  readonly starts?: Uint32Array;
}

/** The class index of a place in a map that does not count. */
export const ignored = -1;

/** Class indices, one per sample. @throws {DataError} for what is no whole number from 0 on */
export function classTargets(labels: ArrayLike<number>): Targets {
  requireList(labels, "classTargets wants a class for each sample");
  for (let n = 0; n < labels.length; n++) requireClass(labels[n]!, `sample ${n}`);
  return { data: Int32Array.from(labels), shape: [] };
}

/** One more does not fit into 32 bits, and would be another class. */
const mostClasses = 2 ** 31;

function requireClass(label: number, whose: string): void {
  if (!Number.isInteger(label) || label < 0 || label >= mostClasses)
    throw new DataError(`${whose} has class ${shown(label)}; give whole numbers from 0 on`);
}

/**
 * k numbers per sample, for several labels (1, 0, NaN where not measured) or for regression.
 * @param rows [N][k]
 * @throws {DataError} for rows of another length, and for what is neither a number that float32 holds nor NaN: `null` would be a 0
 */
export function numberTargets(rows: readonly ArrayLike<number>[], width = rows[0]?.length ?? 1): Targets {
  requireList(rows, "numberTargets wants a list of numbers for each sample");
  rows.forEach((row, n) => requireList(row, `numberTargets wants a list of numbers for sample ${n}`));
  if (rows.length > 0 && !(width > 0))
    throw new DataError("sample 0 has no numbers; give one for each thing to predict");
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, n) => {
    if (row.length !== width) throw new DataError(`sample ${n} has ${row.length} targets, others have ${width}`);
    for (let j = 0; j < width; j++) requireNumber(row[j], n, j);
    data.set(row, n * width);
  });
  return { data, shape: [width] };
}

function requireNumber(value: unknown, sample: number, place: number): void {
  if (typeof value === "number" && (Number.isNaN(value) || Number.isFinite(Math.fround(value)))) return;
  throw new DataError(
    `number ${place} of sample ${sample} is ${shown(value)}; give a number that float32 holds, or NaN where it is not known`,
  );
}

/** @throws {DataError} for what has no elements by number, such as a single value where a list of them is due */
function requireList(given: unknown, wanted: string): void {
  const isList = typeof given === "object" && given !== null && typeof Reflect.get(given, "length") === "number";
  if (!isList) throw new DataError(`${wanted}, not ${shown(given)}`);
}

/**
 * The class of each of several units of every sample: of the words of texts.
 * @param labels [N], each as long as its sample has units
 * @throws {DataError} for what is no whole number from 0 on: what does not count is no unit
 */
export function unitTargets(labels: readonly ArrayLike<number>[]): Targets {
  requireList(labels, "unitTargets wants a list of classes for each sample");
  labels.forEach((own, n) => requireList(own, `unitTargets wants a list of classes for sample ${n}`));
  const starts = new Uint32Array(labels.length + 1);
  labels.forEach((own, n) => {
    for (let unit = 0; unit < own.length; unit++) requireClass(own[unit]!, `unit ${unit} of sample ${n}`);
    starts[n + 1] = starts[n]! + own.length;
  });
  const data = new Int32Array(starts[labels.length]!);
  labels.forEach((own, n) => data.set(own, starts[n]));
  return { data, shape: [], starts };
}

/** How many samples they are of. @throws {DataError} for labels as they are, of which none were made */
export function targetCount(targets: Targets): number {
  if (!ArrayBuffer.isView((targets as Partial<Targets> | undefined)?.data))
    throw new DataError(
      `targets are what classTargets, numberTargets or unitTargets makes of labels, not ${shown(targets)}`,
    );
  return targets.starts ? targets.starts.length - 1 : unitCount(targets);
}

/** How many rows features and logits of these samples have. */
export function unitCount({ data, shape }: Targets): number {
  return data.length / sizeOf(shape);
}

/** The units of some samples, one sample after another. */
export function unitsOf({ starts }: Targets, samples: readonly number[]): readonly number[] {
  if (!starts) return samples;
  return samples.flatMap((n) => Array.from({ length: starts[n + 1]! - starts[n]! }, (_, i) => starts[n]! + i));
}

/** Those of some samples, in the order of their indices. */
export function pickTargets(targets: Targets, samples: readonly number[]): Targets {
  const { starts } = targets;
  const picked = pickUnits(targets, unitsOf(targets, samples));
  if (!starts) return picked;
  const own = new Uint32Array(samples.length + 1);
  samples.forEach((n, i) => (own[i + 1] = own[i]! + starts[n + 1]! - starts[n]!));
  return { ...picked, starts: own };
}

/** Those of some units, each by itself. */
export function pickUnits({ data, shape }: Targets, units: readonly number[]): Targets {
  return { data: rows(data, sizeOf(shape), units), shape };
}

/** Those of `count` units from the one at `first` on, without a copy. */
export function consecutive({ data, shape }: Targets, first: number, count: number): Targets {
  const size = sizeOf(shape);
  return { data: data.subarray(first * size, (first + count) * size), shape };
}

/** The input `target` of a training graph, a row per unit: int64 for class indices, float32 for numbers. */
export function targetTensor(engine: Engine, { data, shape }: Targets): Tensor {
  const dims = [data.length / sizeOf(shape), ...shape];
  return data instanceof Int32Array
    ? engine.tensor("int64", BigInt64Array.from(data, BigInt), dims)
    : engine.tensor("float32", data, dims);
}
