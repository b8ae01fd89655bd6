import type { Model } from "@taskhead/autograd";
import type { Modality } from "../backbone/modality.js";
import { upTo } from "../data/samples.js";
import type { Augmentation } from "./augmentation/index.js";
import { imageTensor, type Images } from "./images.js";
import { imageInput, type PixelOptions } from "./input.js";
import type { Size } from "./preprocessing.js";
import { imageSamples } from "./samples.js";

export interface ImageOptions {
  /** Take bytes 0..255 and normalise them inside the model. Default: the model takes them as float32, as they are. */
  pixels?: PixelOptions;
  /** The image size, for a model that takes any. */
  size?: Size;
  /** Random changes to training images, other ones in every epoch. Default: none. */
  augment?: readonly Augmentation[];
}

/** Images, decoded and resized: bytes, channels first. */
export function images({ pixels, size, augment = [] }: ImageOptions = {}): Modality<Images> {
  const type = pixels ? "uint8" : "float32";
  return {
    name: "images",
    sample: "image",
    prepare: (model) => imageInput(model, { normalise: pixels, size }),
    open: async (source, engine) => imageSamples(engine, source, type, augment),
    served: (model: Model) => model,
    async *servedBatches(source, engine) {
      for (let from = 0; from < source.count; from += 64) {
        const indices = upTo(Math.min(64, source.count - from)).map((i) => from + i);
        yield { count: indices.length, feeds: { pixels: await imageTensor(engine, source, indices, type) } };
      }
    },
    servedFiles: () => ({}),
  };
}
