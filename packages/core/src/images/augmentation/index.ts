import type { Images } from "../images.js";
import { random } from "../../data/random.js";
import { randomColour } from "./colour.js";
import { randomCrop } from "./crop.js";
import type { Change } from "./image.js";
import { randomFlip, randomShift } from "./move.js";

/**
 * Random changes to a training image that leave its class as it is: `flip` mirrors it left to right, `shift` moves it,
 * `crop` takes a part of it and resizes that, `colour` jitters brightness, contrast and saturation.
 */
export const augmentations = ["flip", "shift", "crop", "colour"] as const;
export type Augmentation = (typeof augmentations)[number];

const changes: Readonly<Record<Augmentation, Change>> = {
  flip: randomFlip,
  shift: randomShift,
  crop: randomCrop,
  colour: randomColour,
};

/**
 * The images of one epoch of training, changed at random. What happens to an image depends on (seed, epoch, its index)
 * alone, not on the batch it is in: a resumed run meets the same pixels.
 * @param chosen applied in the order of `augmentations`
 */
export function augmented(images: Images, chosen: readonly Augmentation[], seed: number, epoch: number): Images {
  const steps = augmentations.filter((name) => chosen.includes(name)).map((name) => changes[name]);
  if (steps.length === 0) return images;
  const { count, targets, shape } = images;
  const size = shape[0] * shape[1] * shape[2];
  return {
    count,
    targets,
    shape,
    async gather(indices, out) {
      await images.gather(indices, out);
      indices.forEach((index, i) => {
        const rng = random(seed, "augment", epoch, index);
        const image = out.subarray(i * size, (i + 1) * size);
        image.set(steps.reduce((changed, change) => change(changed, shape, rng), image));
      });
    },
  };
}
