import type { Modality } from "../backbone/modality.js";
import { upTo } from "../data/samples.js";
import type { Augmentation } from "./augmentation/index.js";
import { requireWanted } from "../given/require.js";
import { having } from "../given/wanted.js";
import { imageTensor, type Images } from "./images.js";
import { imageInput, pixels, type PixelOptions } from "./input.js";
import { misfitOf } from "./misfit.js";
import { outputSize, type Preprocessing, type Size } from "./preprocessing.js";
import { imageSamples } from "./samples.js";
import { modelFolderFiles, servedInput, servedModel } from "./served.js";

export interface ImageOptions {
  /**
   * How a picture becomes the network's input: its size, and the normalisation, which goes into the graph. The exported file
   * then takes pictures of any size and does the same.
   */
  preprocessing?: Preprocessing;
  /** Without `preprocessing`: take bytes 0..255 and normalise them inside the model. Default: float32, as they are. */
  pixels?: PixelOptions;
  /** Without `preprocessing`: the image size, for a model that takes any. */
  size?: Size;
  /** Random changes to training images, other ones in every epoch. Default: none. */
  augment?: readonly Augmentation[];
}

/** Images, decoded and resized: bytes, channels first. */
export function images(options: ImageOptions = {}): Modality<Images> {
  const { preprocessing, augment = [] } = options;
  const normalise: PixelOptions | undefined = preprocessing ?? options.pixels;
  const size = preprocessing ? outputSize(preprocessing) : options.size;
  const type = normalise ? "uint8" : "float32";
  return {
    name: "images",
    sample: "image",
    prepare: (model) => imageInput(model, { normalise, size }),
    misfit: (model, error) => misfitOf(model, { normalise, size }, error),
    async open(source, engine) {
      requireWanted("a set of images", source, having("Images, such as imagesInMemory makes", "gather"));
      return imageSamples(engine, source, type, augment);
    },
    served: (model) => (preprocessing ? servedModel(model, pixels, preprocessing) : model),
    async *servedBatches(source, engine) {
      // An image of the right size is what resizing leaves as it is.
      const [name, taken] = preprocessing ? ([servedInput, "float32"] as const) : ([pixels, type] as const);
      for (let from = 0; from < source.count; from += batch) {
        const indices = upTo(Math.min(batch, source.count - from)).map((i) => from + i);
        yield { count: indices.length, feeds: { [name]: await imageTensor(engine, source, indices, taken) } };
      }
    },
    servedFiles: ({ objective, outputs }) => modelFolderFiles({ objective: objective.name, outputs, preprocessing }),
  };
}

/** Images in one run of the exported file. */
const batch = 16;
