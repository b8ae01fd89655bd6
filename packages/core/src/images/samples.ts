import { inOrder, type Samples } from "../data/samples.js";
import type { Engine } from "../engine/engine.js";
import { augmented, type Augmentation } from "./augmentation/index.js";
import { imageTensor, type Images } from "./images.js";
import { pixels } from "./input.js";

/**
 * Images as a network takes them.
 * @param type bytes for a network that normalises them, else the same numbers as float32
 * @param augment random changes, other ones in every epoch
 */
export function imageSamples(
  engine: Engine,
  images: Images,
  type: "uint8" | "float32",
  augment: readonly Augmentation[] = [],
): Samples {
  const plain: Samples = {
    count: images.count,
    targets: images.targets,
    batches: inOrder,
    feeds: async (indices) => ({ [pixels]: await imageTensor(engine, images, indices, type) }),
  };
  if (augment.length === 0) return plain;
  return {
    ...plain,
    inEpoch: (epoch, seed) => imageSamples(engine, augmented(images, augment, seed, epoch), type),
    augmentation: augment.join(),
  };
}
