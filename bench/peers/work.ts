/** The work that libraries in JavaScript are measured by. */

/** A training step of the network at 64 pixels, or an epoch of probing cached features. */
export type Kind = "darknet" | "probe";

/**
 * Prepares the work in a library.
 * @param installed requires modules from where the user has installed them
 * @returns one step or epoch, awaited to its end
 */
export type Library = (installed: NodeJS.Require, kind: Kind, batch: number) => Promise<() => Promise<void>>;

/** Pixels of a side; width of the features; classes; cached features to probe. */
export const [size, width, classes, samples] = [64, 128, 10, 3000] as const;

/** A convolution of side × side: [in, out, side]. */
export type Convolution = readonly [number, number, number];

/** Tiny Darknet: its convolutions, 0 for a pool. */
// prettier-ignore
export const layers: readonly (Convolution | 0)[] = [
  [3, 16, 3], 0, [16, 32, 3], 0, [32, 16, 1], [16, 128, 3], [128, 16, 1], [16, 128, 3], 0, [128, 32, 1],
  [32, 256, 3], [256, 32, 1], [32, 256, 3], 0, [256, 64, 1], [64, 512, 3], [512, 64, 1], [64, 512, 3], [512, 128, 1],
];
export const convolutions = layers.filter((layer) => layer !== 0);

/** The standard deviation that He's rule starts a convolution with. */
export function initialScale([from, , side]: Convolution): number {
  return Math.sqrt(2 / (side * side * from));
}

/** As many labels, every class in turn. */
export function labels(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i % classes);
}

/** An epoch's batches: where each starts, and how many samples it has. */
export function batchesOf(batch: number): { start: number; count: number }[] {
  return Array.from({ length: Math.ceil(samples / batch) }, (_, i) => ({
    start: i * batch,
    count: Math.min(batch, samples - i * batch),
  }));
}
