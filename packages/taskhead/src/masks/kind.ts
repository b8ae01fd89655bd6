import { join } from "node:path";
import { maskedImages, type Modality } from "@taskhead/core";
import { servedInput, type Preprocessing, type Size } from "@taskhead/core/internals";
import type { Kind, Reading } from "../data/kind.js";
import { dividingOf } from "../data/splits/dividing.js";
import { UserError } from "../files/errors.js";
import { imageKind } from "../images/kind.js";
import { ahead, channelsFirst } from "../images/image-files.js";
import { describePreprocessing } from "../images/processor/describe.js";
import { preprocessingOf, type FoundPreprocessing } from "../images/processor/preprocessing-of.js";
import { loadMasks, type MaskedImages } from "./load-masks.js";
import { placesFor, toldPlaces } from "./places.js";
import { scanMasks, type FoundMasks } from "./scan-masks.js";
import { maskServing } from "./serving.js";
import { shownMasks } from "./shown.js";
import { uncropped } from "./uncropped.js";

/** How pictures become numbers, and at which size masks are learnt. */
interface MaskReading extends Reading<MaskedImages> {
  readonly found: FoundPreprocessing;
  readonly places: Size;
}

/** Pictures in `images/` with a class for every pixel in `masks/`. */
export const maskKind: Kind<MaskedImages, FoundMasks, MaskReading> = {
  name: "masked images",
  place: "folder",
  sample: "image",
  tellsFeatures: true,
  versions: () => imageKind.versions(),
  async reading(options, model) {
    const { size, mean, std, augment } = options;
    if (augment.length > 0)
      throw new UserError(
        `--augment ${augment.join()} would have to change masks with their images, which is not done yet; leave it out`,
      );
    if (mean === "auto")
      throw new UserError("--mean auto is for classes of whole images; give three numbers, or leave it out");
    const cut = await preprocessingOf(options.backbone, model, { size, mean, std });
    const found = { ...cut, preprocessing: uncropped(cut.preprocessing) };
    return readingOf(found, found.preprocessing.size);
  },
  scan: (path, options, { like, signal }) =>
    scanMasks(path, {
      ...(options.palette === undefined || like ? {} : { palette: options.palette }),
      ...(options.ignore === undefined ? {} : { ignore: options.ignore }),
      ...(options.group === undefined ? {} : { group: options.group }),
      ...(like ? { like } : {}),
      ...(signal ? { signal } : {}),
    }),
  requireSplittable(train) {
    if (train.count < 2)
      throw new UserError(
        `${train.path} has no second image to validate on; add images, or give others to validate on with --val`,
      );
  },
  measured: async ({ found }, { train }) => readingOf(found, placesFor(train.sizes, found.preprocessing.size), train),
  load: (engine, found, { found: { preprocessing }, places }, options, { onProgress, signal }) =>
    loadMasks(engine, found, {
      preprocessing,
      places,
      ...dividingOf(options),
      memoryBudget: options.memory * 1e6,
      cacheDir: join(options.cache, "images"),
      onProgress,
      signal,
    }),
  marksOf: ({ contents }) => contents ?? [],
  shown: (source, indices, root, maps) =>
    shownMasks(
      indices.map((i) => ({ file: source.files[i]!, mask: () => source.mask(i) })),
      root,
      maps && { maps, height: source.targets.shape[0]!, width: source.targets.shape[1]! },
    ),
  card: {
    pipeline: "image-segmentation",
    dataset: "imagefolder",
    example: '"street.jpg"',
    feeds: "`pixel_values` float32 [batch, 3, height, width], RGB bytes 0..255, of any one size, give",
    inside: "resizing and normalising happen inside",
    sigmoid: false,
    transformers: true,
  },
  serving: maskServing,
};

function readingOf(found: FoundPreprocessing, places: Size, train?: FoundMasks): MaskReading {
  const { preprocessing, sizeFrom, normalisationFrom } = found;
  const { width, height } = preprocessing.size;
  const at = `${places.width}×${places.height}`;
  return {
    found,
    places,
    modality: maskFiles(preprocessing, places),
    told: [describePreprocessing(found), toldPlaces(places, train?.sizes)],
    identity: { "the preprocessing": JSON.stringify(preprocessing), "the size of masks": at },
    options: {
      size: `${width}×${height}`,
      masks: at,
      mean: preprocessing.mean.join(),
      std: preprocessing.std.join(),
      sizeFrom,
      normalisationFrom,
    },
    json: { preprocessing: found, places },
  };
}

/** Pictures whose exported file is fed as any server would, one by one, and judged by their own masks. */
function maskFiles(preprocessing: Preprocessing, places: Size): Modality<MaskedImages> {
  const plain = maskedImages({ preprocessing, places });
  return {
    ...plain,
    async *servedBatches(source, engine) {
      let index = 0;
      for await (const image of ahead(source.files, (one) => one, source)) {
        const { width, height } = image;
        const pixels = engine.tensor("float32", channelsFirst([image]), [1, 3, height, width]);
        const mask = source.ownSizes ? await source.mask(index) : undefined;
        index++;
        yield {
          count: 1,
          feeds: { [servedInput]: pixels },
          ...(mask ? { targets: { data: mask.classes, shape: [mask.height, mask.width] } } : {}),
        };
      }
    },
  };
}
