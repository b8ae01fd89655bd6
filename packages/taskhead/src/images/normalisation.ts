import { join } from "node:path";
import { DivergedError, images as imagesOf } from "@taskhead/core";
import {
  beginTask,
  createResizer,
  crossProbe,
  type CrossProbed,
  extractFeatures,
  format,
  likeliest,
  type Normalisation,
  objectiveOf,
  openNetwork,
  outputSize,
  type Preprocessing,
  readTensors,
  standardised,
  unlessDamaged,
  usualNormalisations,
  writeTensors,
} from "@taskhead/core/internals";
import type { Measuring } from "../data/kind.js";
import type { Listener } from "../data/listener.js";
import { UserError } from "../files/errors.js";
import { sha256 } from "../files/sha256.js";
import { loadImages, type LoadedImages } from "./load-images.js";
import type { FoundImages } from "./load-sets.js";
import type { FoundPreprocessing, Tried } from "./processor/preprocessing-of.js";
import { sampleImages } from "./sample-images.js";
import { cacheStore } from "../store/cache-store.js";
import { formatScore } from "../words/format.js";

/** Training images, classes at most, and epochs of the heads. */
const [mostImages, mostClasses, epochs] = [400, 50, 32];

/**
 * `--mean auto`: what a linear head makes of the backbone's features of some training images, under each usual
 * normalisation and that of the model's own files, by twofold cross-validation; the likeliest that is level with the best
 * is taken. It is a function of model, images and seed. Features are cached, so that what was cut short goes on.
 * @throws {UserError} if there are too few images
 */
export async function measureNormalisations(
  base: FoundPreprocessing,
  measuring: Measuring<FoundImages>,
  listener: Listener,
): Promise<FoundPreprocessing> {
  const { onProgress, signal } = listener;
  const { engine, train, options } = measuring;
  const { seed, memory, cache } = options;
  const own = base.preprocessing;
  const files = sampleImages(train.source, { most: mostImages, mostClasses, seed });
  if (files.length < 4)
    throw new UserError(
      `--mean auto measures on training images, of which ${train.path} has ${files.length}; add some, or give --mean and --std`,
    );
  const contents = new Map(train.source.files.map((file, i) => [file, train.fingerprint.contents[i]!]));
  const images = await loadImages(
    { ...train.source, files, refused: [] },
    {
      contents: files.map((file) => contents.get(file)!),
      resize: await createResizer(engine, own),
      size: outputSize(own),
      memoryBudget: memory * 1e6,
      cacheDir: join(cache, "images"),
      signal,
    },
  );
  const candidates = candidatesFor(base);
  const task = beginTask(onProgress, "measuring normalisations", candidates.length, "normalisations");
  try {
    const { metric } = objectiveOf(options, images.outputs);
    const all: (CrossProbed | undefined)[] = [];
    for (const candidate of candidates) {
      const found = await probedUnder(normalisedBy(own, candidate), images, measuring, listener);
      all.push(found);
      task.update(all.length, `${candidate.name}: ${formatScore(found?.score, metric)}`);
    }
    const tried = candidates.map((candidate, i): Tried => ({ ...candidate, score: all[i]?.score ?? null }));
    const sound = candidates.filter((_, i) => all[i]);
    const winner = sound[likeliest(all.flatMap((one) => (one ? [one.contributions] : [])))];
    if (!winner)
      throw new UserError("--mean auto: no head could be trained under any normalisation; give --mean and --std");
    const scores = tried.map(({ name, score }) => `${name} ${formatScore(score, metric)}`).join(", ");
    return {
      ...base,
      preprocessing: normalisedBy(own, winner),
      normalisationFrom: `--mean auto: ${winner.name}; measured on ${images.files.length} training images: ${scores}`,
      assumed: base.assumed.filter((what) => what !== "normalisation"),
      tried,
    };
  } finally {
    task.end();
    await images.images.close();
  }
}

/** What the model's files say, where they do, and the usual ones. */
function candidatesFor({ preprocessing, normalisationFrom, assumed }: FoundPreprocessing): Normalisation[] {
  if (assumed.includes("normalisation")) return [...usualNormalisations];
  // (b·rescale − mean) / std, in units of b / 255.
  const unit = 255 * preprocessing.rescale;
  const [mean, std] = [preprocessing.mean, preprocessing.std].map((all) => all.map((v) => v / unit)) as unknown as [
    Preprocessing["mean"],
    Preprocessing["std"],
  ];
  const own: Normalisation = { name: `as ${normalisationFrom} says`, mean, std };
  return [own, ...usualNormalisations.filter((other) => !same(own, other))];
}

function same(a: Normalisation, b: Normalisation): boolean {
  const close = (x: readonly number[], y: readonly number[]): boolean =>
    x.every((v, i) => Math.abs(v - y[i]!) < 1e-3 * Math.max(Math.abs(v), 1e-3));
  return close(a.mean, b.mean) && close(a.std, b.std);
}

function normalisedBy(preprocessing: Preprocessing, { mean, std }: Normalisation): Preprocessing {
  return { ...preprocessing, rescale: 1 / 255, mean, std };
}

/** @returns undefined where the head overflows, which is no choice */
async function probedUnder(
  preprocessing: Preprocessing,
  images: LoadedImages,
  measuring: Measuring<FoundImages>,
  { onProgress, signal }: Listener,
): Promise<CrossProbed | undefined> {
  const { engine, options, train } = measuring;
  const { groups } = train.source;
  const { features, width } = await featuresUnder(preprocessing, images, measuring, { onProgress, signal });
  const objective = objectiveOf(options, images.outputs, { targets: images.targets });
  const targets = objective.scale ? standardised(images.targets, objective.scale) : images.targets;
  try {
    const found = await crossProbe({
      engine,
      objective,
      samples: { features, targets },
      width,
      epochs,
      batch: 32,
      seed: options.seed,
      ...(groups ? { groups: images.places.map((place) => groups.of[place]) } : {}),
      signal,
    });
    return Number.isFinite(found.score) ? found : undefined;
  } catch (error) {
    if (error instanceof DivergedError) return undefined;
    throw error;
  }
}

async function featuresUnder(
  preprocessing: Preprocessing,
  { images, targets, files }: LoadedImages,
  { engine, backbone: file, computedBy, train, options }: Measuring<FoundImages>,
  { onProgress, signal }: Listener,
): Promise<{ features: Float32Array; width: number }> {
  const { batch, device, threads, cache } = options;
  const modality = imagesOf({ preprocessing });
  // The frozen backbone alone, whatever is trained later.
  const plain = { ...options, method: "lp", reinitBlocks: 0, freezeUntil: undefined } as const;
  const { backbone } = openNetwork({ backbone: file }, plain, modality);
  const { width, featureName } = backbone;
  const store = cacheStore(cache, "features");
  const parts = [
    format,
    computedBy,
    file.content,
    train.fingerprint.text,
    files,
    preprocessing,
    featureName,
    batch,
    device,
    threads,
  ];
  const key = `${sha256(JSON.stringify(parts))}.safetensors`;
  const stored = (await unlessDamaged(onProgress, readTensors(store, key)))?.weights.get("features");
  if (stored?.length === files.length * width) return { features: stored, width };
  const source = {
    count: files.length,
    targets,
    shape: images.shape,
    gather: (indices: readonly number[], out: Uint8Array) => images.gather(indices, out),
  };
  const features = await extractFeatures(engine, backbone, await modality.open(source, engine), { batch, signal });
  await writeTensors(store, key, new Map([["features", features]]));
  return { features, width };
}
