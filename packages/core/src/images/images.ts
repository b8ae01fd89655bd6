import type { Tensor } from "onnxruntime-common";
import type { Backbone } from "../backbone/backbone.js";
import type { Engine } from "../engine/engine.js";

/** Labelled images, decoded and resized, wherever they are kept. */
export interface Images {
  readonly count: number;
  /** Class indices, [count]. */
  readonly labels: ArrayLike<number>;
  /** [channels, height, width] of one image. */
  readonly shape: readonly [number, number, number];
  /** Writes the images of these indices one after another into `out`: bytes 0..255, channels first. */
  gather(indices: readonly number[], out: Uint8Array): void | Promise<void>;
}

/** Images already in memory: `pixels` is [count, channels, height, width]. */
export function imagesInMemory(
  pixels: Uint8Array,
  labels: ArrayLike<number>,
  shape: readonly [number, number, number],
): Images {
  const size = shape[0] * shape[1] * shape[2];
  return {
    count: labels.length,
    labels,
    shape,
    gather(indices, out) {
      indices.forEach((index, i) => out.set(pixels.subarray(index * size, (index + 1) * size), i * size));
    },
  };
}

/** Some of these images, in the order of their indices. */
export function selected(images: Images, chosen: readonly number[]): Images {
  return {
    count: chosen.length,
    labels: pick(images.labels, chosen),
    shape: images.shape,
    gather: (indices, out) => images.gather(pick(chosen, indices), out),
  };
}

/** A batch as the backbone takes it: bytes for a `pixels` input, else the same numbers as float32. [n, C, H, W] */
export async function imageTensor(
  engine: Engine,
  backbone: Backbone,
  images: Images,
  indices: readonly number[],
): Promise<Tensor> {
  const bytes = new Uint8Array(indices.length * images.shape[0] * images.shape[1] * images.shape[2]);
  await images.gather(indices, bytes);
  const dims = [indices.length, ...images.shape];
  return backbone.inputType === "uint8"
    ? engine.tensor("uint8", bytes, dims)
    : engine.tensor("float32", Float32Array.from(bytes), dims);
}

/** @throws {Error} unless the images have the size that the backbone was opened for. */
export function requireSize(backbone: Backbone, images: Images): void {
  const wanted = backbone.inputShape.slice(1);
  if (wanted.some((d, i) => typeof d === "number" && d !== images.shape[i]))
    throw new Error(`the images are ${images.shape.join("×")}, but the backbone was opened for ${wanted.join("×")}`);
}

/** 0..count−1 cut into runs of at most `batch`. */
export function batches(order: readonly number[], batch: number): number[][] {
  return Array.from({ length: Math.ceil(order.length / batch) }, (_, i) => order.slice(i * batch, (i + 1) * batch));
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** values[indices] */
export function pick(values: ArrayLike<number>, indices: readonly number[]): number[] {
  return indices.map((i) => values[i]!);
}
