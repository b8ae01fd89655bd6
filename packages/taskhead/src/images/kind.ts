import { join } from "node:path";
import sharp from "sharp";
import type { Kind, Reading } from "../data/kind.js";
import type { TuneOptions } from "../options/options.js";
import { decoding } from "./decode.js";
import { fingerprintImages } from "./fingerprint.js";
import { imageFiles } from "./image-files.js";
import type { ImageSource } from "./image-source.js";
import { loadSets, type FoundImages, type MarkedImages } from "./load-sets.js";
import { measureNormalisations } from "./normalisation.js";
import { offeredImages } from "./offered-sets.js";
import { describePreprocessing } from "./processor/describe.js";
import { preprocessingOf, type FoundPreprocessing } from "./processor/preprocessing-of.js";
import { requireSplittable } from "./require-validation.js";
import { scanImages, type ScanOptions } from "./scan-images.js";
import { imageServing } from "./serving.js";
import { shownImages } from "./shown.js";

/** How pictures become numbers. */
interface ImageReading extends Reading<MarkedImages> {
  readonly found: FoundPreprocessing;
  /** Whether the model is an earlier export, which normalises by itself. */
  readonly exported: boolean;
}

/** Images in folders. */
export const imageKind: Kind<MarkedImages, FoundImages, ImageReading> = {
  name: "images",
  place: "folder",
  sample: "image",
  tellsFeatures: false,
  versions: () => ({
    "the decoding of images": decoding,
    "the version of sharp": `${sharp.versions.sharp}, libvips ${sharp.versions.vips}`,
  }),
  async reading(options, model) {
    const { size, mean, std } = options;
    const asked = { size, mean: mean === "auto" ? undefined : mean, std };
    return readingOf(await preprocessingOf(options.backbone, model, asked), options, model.unserved !== undefined);
  },
  async scan(path, options, { like, set, signal }) {
    const { labels, ...asked } = askedOf(options);
    const source = await scanImages(path, like ? { ...asked, like: like.source, set } : { ...asked, labels, set });
    return foundOf(path, source, signal);
  },
  async offered(train, wanted, options) {
    const { validation, test, said } = await offeredImages(train.path, wanted, {
      ...askedOf(options),
      like: train.source,
    });
    return {
      ...(validation ? { validation: await foundOf(train.path, validation) } : {}),
      ...(test ? { test: await foundOf(train.path, test) } : {}),
      said,
    };
  },
  requireSplittable: ({ source }, fraction) => requireSplittable(source, fraction),
  async measured(reading, measuring, listener) {
    const { options } = measuring;
    if (options.mean !== "auto" || reading.exported) return reading;
    return readingOf(await measureNormalisations(reading.found, measuring, listener), options, false);
  },
  load: (engine, found, { found: { preprocessing } }, options, { onProgress, signal }) =>
    loadSets(engine, found, {
      preprocessing,
      valFraction: options.valFraction,
      seed: options.seed,
      memoryBudget: options.memory * 1e6,
      cacheDir: join(options.cache, "images"),
      onProgress,
      signal,
    }),
  shown: ({ files }, indices, root) =>
    shownImages(
      indices.map((i) => files[i]!),
      root,
    ),
  card: {
    pipeline: "image-classification",
    dataset: "imagefolder",
    example: '["one.jpg", "other.png"]',
    feeds: "`pixel_values` float32 [batch, 3, height, width], RGB bytes 0..255, of any one size, give",
    inside: "resizing and normalising happen inside",
    transformers: true,
    sigmoid: false,
  },
  serving: imageServing,
};

function askedOf({ task, labels, columns, label, cache }: TuneOptions): ScanOptions {
  return { task, labels, columns, label, cache };
}

async function foundOf(path: string, source: ImageSource, signal?: AbortSignal): Promise<FoundImages> {
  const fingerprint = await fingerprintImages(source, { signal });
  return { source, path, outputs: source.outputs, count: source.files.length, fingerprint };
}

function readingOf(found: FoundPreprocessing, { augment, mean }: TuneOptions, exported: boolean): ImageReading {
  const { preprocessing, sizeFrom, normalisationFrom, tried } = found;
  const { height, width } = preprocessing.crop ?? preprocessing.size;
  return {
    found,
    exported,
    modality: imageFiles({ preprocessing, augment }),
    told: [describePreprocessing(found)],
    identity: { "the preprocessing": JSON.stringify(preprocessing) },
    options: {
      size: height === width ? String(height) : `${height}×${width}`,
      mean: preprocessing.mean.join(),
      std: preprocessing.std.join(),
      sizeFrom,
      normalisationFrom,
    },
    ...(mean === "auto"
      ? { settled: tried ? { mean: preprocessing.mean, std: preprocessing.std } : { mean: undefined } }
      : {}),
    json: { preprocessing: found },
  };
}
