import type { Random } from "../../data/random.js";

/** [channels, height, width] */
export type Shape = readonly [number, number, number];

/** Changes one image, bytes channels first, or a copy of it. */
export type Change = (image: Uint8Array, shape: Shape, rng: Random) => Uint8Array;

/** The point between a and b, a at share 0. */
export function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}
