import { sizeOf } from "@taskhead/autograd";
import type { CachedValues } from "./cached-values.js";

/** Activations of a sample with positions: maps [channels, …positions], tokens [positions, width]; a vector has none. */

/** How many numbers are left of a sample when its positions are averaged. @param shape of one sample */
export function channelsOf(shape: readonly number[]): number {
  return shape.length === 2 ? shape[1]! : shape[0]!;
}

/**
 * Means over the positions of each sample, [N, channels].
 * @param values [N, …shape], row-major
 * @param options.filled whether samples [positions, width] are filled up with positions that are all 0, which count for nothing
 */
export function meansOverPositions<V extends CachedValues>(
  values: V,
  shape: readonly number[],
  { filled = false }: { filled?: boolean } = {},
): V | Float32Array {
  if (shape.length === 1) return values;
  const size = sizeOf(shape);
  const channels = channelsOf(shape);
  const positions = size / channels;
  const channel = shape.length === 2 ? (i: number) => i % channels : (i: number) => Math.floor(i / positions);
  const means = new Float64Array((values.length / size) * channels);
  for (let first = 0, at = 0; first < values.length; first += size, at += channels) {
    const sample = values.subarray(first, first + size);
    const own = filled ? positionsIn(sample, channels) : positions;
    for (let i = 0; i < size; i++) means[at + channel(i)]! += sample[i]! / own;
  }
  return Float32Array.from(means);
}

/** How many rows have a number other than 0; 1 where none has. */
function positionsIn(sample: Float32Array, width: number): number {
  let count = 0;
  for (let from = 0; from < sample.length; from += width)
    if (sample.subarray(from, from + width).some((value) => value !== 0)) count++;
  return Math.max(1, count);
}

/** Features of a sample that are a map: a vector of `channels` at each of its places, [channels, height, width]. */
export interface FeatureMap {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** How the features of a sample lie: one vector of so many numbers, or a map. */
export type FeatureLayout = number | FeatureMap;

/** Numbers in a vector, and how many vectors a sample has: number c of vector p is at c · places + p. */
export function vectorsOf(layout: FeatureLayout): { length: number; places: number } {
  return typeof layout === "number"
    ? { length: layout, places: 1 }
    : { length: layout.channels, places: layout.height * layout.width };
}
