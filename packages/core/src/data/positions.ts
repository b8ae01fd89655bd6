import { sizeOf } from "@taskhead/autograd";

/** Activations of a sample with positions: maps [channels, …positions], tokens [positions, width]; a vector has none. */

/** How many numbers are left of a sample when its positions are averaged. @param shape of one sample */
export function channelsOf(shape: readonly number[]): number {
  return shape.length === 2 ? shape[1]! : shape[0]!;
}

/**
 * Means over the positions of each sample, [N, channels].
 * @param values [N, …shape], row-major
 */
export function meansOverPositions(values: Float32Array, shape: readonly number[]): Float32Array {
  if (shape.length === 1) return values;
  const size = sizeOf(shape);
  const channels = channelsOf(shape);
  const positions = size / channels;
  const channel = shape.length === 2 ? (i: number) => i % channels : (i: number) => Math.floor(i / positions);
  const means = new Float64Array((values.length / size) * channels);
  for (let first = 0, at = 0; first < values.length; first += size, at += channels)
    for (let i = 0; i < size; i++) means[at + channel(i)]! += values[first + i]! / positions;
  return Float32Array.from(means);
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
