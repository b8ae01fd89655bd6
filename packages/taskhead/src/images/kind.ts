import { join } from "node:path";
import sharp from "sharp";
import type { Kind, Reading } from "../data/kind.js";
import type { TuneOptions } from "../options/options.js";
import { dividingOf } from "../data/splits/dividing.js";
import { groupNotes } from "../data/splits/groups.js";
import { shown } from "../files/shown.js";
import { decoding } from "./pixels/decode.js";
import { fingerprintImages, groupedFingerprint } from "./pixels/fingerprint.js";
import { groupsOfImages } from "./groups.js";
import { imageFiles } from "./image-files.js";
import type { ImageSource } from "./image-source.js";
import { loadSets, type FoundImages, type MarkedImages } from "./load-sets.js";
import { measureNormalisations } from "./normalisation.js";
import { offeredImages } from "./offered-sets.js";
import { describePreprocessing } from "./processor/describe.js";
import { preprocessingOf, type FoundPreprocessing } from "./processor/preprocessing-of.js";
import { requireSplittable } from "./require-validation.js";
import { scanImages, type ScanOptions } from "./scan-images.js";
import { imageServing } from "./serving/serving.js";
import { shownImages } from "./shown.js";
import { taskOfImages } from "./task-of-images.js";

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
  guess: (path, { labels: file, columns, label, group, cache }) =>
    taskOfImages(path, { file, labels: columns, label, group, cache }),
  async reading(options, model) {
    const { size, mean, std } = options;
    const asked = { size, mean: mean === "auto" ? undefined : mean, std };
    return readingOf(await preprocessingOf(options.backbone, model, asked), options, model.unserved !== undefined);
  },
  async scan(path, options, { like, set, signal }) {
    const { labels, ...asked } = askedOf(options);
    const source = await scanImages(path, like ? { ...asked, like: like.source, set } : { ...asked, labels, set });
    return foundOf(path, source, { group: options.group, training: !like, signal });
  },
  async offered(train, wanted, options) {
    const { validation, test, said } = await offeredImages(train.path, wanted, {
      ...askedOf(options),
      like: train.source,
    });
    const found = (source: ImageSource) => foundOf(train.path, source, { group: options.group, training: false });
    return {
      ...(validation ? { validation: await found(validation) } : {}),
      ...(test ? { test: await found(test) } : {}),
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
      ...dividingOf(options),
      memoryBudget: options.memory * 1e6,
      cacheDir: join(options.cache, "images"),
      onProgress,
      signal,
    }),
  marksOf: ({ contents }) => contents ?? [],
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

function askedOf({ task, labels, columns, label, group, cache }: TuneOptions): ScanOptions {
  return { task, labels, columns, label, group, cache };
}

async function foundOf(
  path: string,
  scanned: ImageSource,
  { group, training, signal }: { group: string | undefined; training: boolean; signal?: AbortSignal },
): Promise<FoundImages> {
  const source = group === undefined ? scanned : await withGroups(scanned, group, training);
  const found = await fingerprintImages(source, { signal });
  const fingerprint = { ...found, text: groupedFingerprint(found.text, source.groups?.of) };
  return { source, path, outputs: source.outputs, count: source.files.length, fingerprint };
}

/** With the groups that a column says, or folders. */
async function withGroups(source: ImageSource, asked: string, training: boolean): Promise<ImageSource> {
  const { root, labels, recorded, columns, files } = source;
  const paths = files.map(({ path }) => path);
  const of = await groupsOfImages({ root, labels, recorded, columns, training, paths }, asked);
  const where = shown(labels ?? root);
  const notes = groupNotes({ where, sample: "image" }, asked, { column: of && asked, groups: of ?? [] });
  return { ...source, ...(of ? { groups: { column: asked, of } } : {}), notes: [...source.notes, ...notes] };
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
