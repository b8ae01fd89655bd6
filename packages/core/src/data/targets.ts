import { sizeOf } from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import type { Engine } from "../engine/engine.js";
import { rows } from "./cached-values.js";

/**
 * What is to be predicted, a row per sample: class indices (Int32Array, shape []), a map of them (shape [height, width], −1 where a place does not count),
 * or numbers (Float32Array, shape [k]; NaN where one was not measured).
 */
export interface Targets {
  /** [N, …shape], row-major. */
  readonly data: Int32Array | Float32Array;
  /** Of one sample. */
  readonly shape: readonly number[];
}

/** The class index of a place in a map that does not count. */
export const ignored = -1;

/** Class indices, one per sample. @throws {Error} for what is no whole number from 0 on */
export function classTargets(labels: ArrayLike<number>): Targets {
  for (let n = 0; n < labels.length; n++)
    if (!Number.isInteger(labels[n]!) || labels[n]! < 0)
      throw new Error(`sample ${n} has class ${labels[n]}; give whole numbers from 0 on`);
  return { data: Int32Array.from(labels), shape: [] };
}

/** k numbers per sample, for several labels (1, 0, NaN where not measured) or for regression. @param rows [N][k] */
export function numberTargets(rows: readonly ArrayLike<number>[], width = rows[0]?.length ?? 0): Targets {
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, n) => {
    if (row.length !== width) throw new Error(`sample ${n} has ${row.length} targets, others have ${width}`);
    data.set(row, n * width);
  });
  return { data, shape: [width] };
}

/** How many samples they are of. */
export function targetCount({ data, shape }: Targets): number {
  return data.length / sizeOf(shape);
}

/** Those of some samples, in the order of their indices. */
export function pickTargets({ data, shape }: Targets, indices: readonly number[]): Targets {
  return { data: rows(data, sizeOf(shape), indices), shape };
}

/** Those of `count` samples from the one at `first` on, without a copy. */
export function consecutive({ data, shape }: Targets, first: number, count: number): Targets {
  const size = sizeOf(shape);
  return { data: data.subarray(first * size, (first + count) * size), shape };
}

/** The input `target` of a training graph: int64 for class indices, float32 for numbers. */
export function targetTensor(engine: Engine, { data, shape }: Targets): Tensor {
  const dims = [data.length / sizeOf(shape), ...shape];
  return data instanceof Int32Array
    ? engine.tensor("int64", BigInt64Array.from(data, BigInt), dims)
    : engine.tensor("float32", data, dims);
}
