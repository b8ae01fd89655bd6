import { sizeOf } from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import { requireWanted } from "../given/require.js";
import { whole } from "../given/wanted.js";
import { rows } from "../data/cached-values.js";
import { pickTargets, targetCount, type Targets } from "../data/targets.js";
import type { Engine } from "../engine/engine.js";

/** Labelled images, decoded and resized, wherever they are kept. */
export interface Images {
  readonly count: number;
  readonly targets: Targets;
  /** [channels, height, width] of one image. */
  readonly shape: readonly [number, number, number];
  /** Writes the images of these indices one after another into `out`: bytes 0..255, channels first. */
  gather(indices: readonly number[], out: Uint8Array): void | Promise<void>;
}

/**
 * Images already in memory: `pixels` is [count, channels, height, width].
 * @throws {Error} if it holds more or less than an image for every target
 */
export function imagesInMemory(pixels: Uint8Array, targets: Targets, shape: readonly [number, number, number]): Images {
  requireWanted("imagesInMemory", pixels, {
    wants: "a Uint8Array of bytes 0..255",
    is: (one) => one instanceof Uint8Array,
  });
  requireWanted("the shape of imagesInMemory", shape, {
    wants: "[channels, height, width]",
    is: (sizes) => Array.isArray(sizes) && sizes.length === 3 && sizes.every(whole({ from: 1 }).is),
  });
  const count = targetCount(targets);
  if (pixels.length !== count * sizeOf(shape))
    throw new Error(
      `the pixels are ${pixels.length} bytes, but ${count} images of [${shape.join(", ")}] have ${count * sizeOf(shape)}; give those of each target's image`,
    );
  return {
    count,
    targets,
    shape,
    gather: (indices, out) => out.set(rows(pixels, sizeOf(shape), indices)),
  };
}

/** Some of these images, in the order of their indices. @param targets of all of them */
export function pickImages(
  images: Pick<Images, "shape" | "gather">,
  chosen: readonly number[],
  targets: Targets,
): Images {
  return {
    count: chosen.length,
    targets: pickTargets(targets, chosen),
    shape: images.shape,
    gather: (indices, out) =>
      images.gather(
        indices.map((i) => chosen[i]!),
        out,
      ),
  };
}

/** The bytes of some images, as the element type that the network takes: [n, channels, height, width]. */
export async function imageTensor(
  engine: Engine,
  images: Images,
  indices: readonly number[],
  type: "uint8" | "float32",
): Promise<Tensor> {
  const bytes = new Uint8Array(indices.length * sizeOf(images.shape));
  await images.gather(indices, bytes);
  const dims = [indices.length, ...images.shape];
  return type === "uint8"
    ? engine.tensor("uint8", bytes, dims)
    : engine.tensor("float32", Float32Array.from(bytes), dims);
}
