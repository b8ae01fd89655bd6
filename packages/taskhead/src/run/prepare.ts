import { createHash } from "node:crypto";
import { join } from "node:path";
import { createEngine, type Engine } from "@taskhead/core";
import {
  type FeatureCache,
  format,
  type Job,
  type JobData,
  type NetworkFiles,
  objectiveOf,
  type OnProgress,
  openData,
  openNetwork,
  outputWeights,
  type Preprocessing,
  requireTrainable,
  reviewData,
  type Configuration,
} from "@taskhead/core/internals";
import { openModelFile, type ReadModel } from "../files/model-file.js";
import { fingerprintImages } from "../images/fingerprint.js";
import { imageFiles } from "../images/image-files.js";
import { loadSets, type FoundImages, type LoadedSets, type MarkedImages } from "../images/load-sets.js";
import { requireSplittable } from "../images/require-validation.js";
import { preprocessingOf } from "../images/preprocessing-of.js";
import { scanImages, type ScanOptions } from "../images/scan-images.js";
import { identityOf, type TuneOptions } from "../options/options.js";
import { folderStore } from "../store/folder-store.js";
import { openRunFolder } from "./run-folder.js";
import { loadRuntime } from "./runtime.js";
import { versions } from "./versions.js";

/** A job on images in folders. */
export interface Prepared extends Job<MarkedImages> {
  readonly files: ReadModels;
  /** The versions that compute it. */
  readonly computedBy: Configuration;
  readonly preprocessing: Preprocessing;
  readonly sets: LoadedSets;
}

/** Who hears of a run, and who may stop it. */
export interface Listener {
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/**
 * Opens model, data and run folder: what can be refused is refused before the first image is decoded.
 * @param beyond what decides the result besides the options, or instead
 * @param threads of the runtime
 * @throws {UserError} on input that cannot be used
 */
export async function prepare(
  options: TuneOptions,
  { onProgress, signal }: Listener,
  beyond: Configuration = {},
  threads = options.threads,
): Promise<Prepared> {
  const files = await networkFiles(options);
  const { size, mean, std, augment } = options;
  const preprocessing = await preprocessingOf(options.backbone, files.backbone, { size, mean, std });
  const modality = imageFiles({ preprocessing, augment });
  // All that is read of the models: their content is known from here on.
  const network = openNetwork(files, options, modality);
  for (const text of network.backbone.warnings) onProgress?.({ kind: "message", text: `warning: ${text}` });

  const train = await found(options.train, options, signal);
  const like = (path: string): Promise<FoundImages> =>
    found(path, { ...options, labels: undefined, like: train.source }, signal);
  const validation = options.val === undefined ? null : await like(options.val);
  if (!validation) requireSplittable(train.source, options.valFraction);
  const test = options.test === undefined ? null : await like(options.test);
  const ood: FoundImages[] = [];
  for (const path of options.ood) ood.push(await like(path));
  const { outputs } = train.source;
  requireTrainable(network, objectiveOf(options, outputs.length), options);
  const runtime = await loadRuntime();
  const computedBy = versions(runtime);
  const store = await openRunFolder(options.out, {
    format,
    ...computedBy,
    ...identityOf(options),
    "the preprocessing": JSON.stringify(preprocessing),
    ...beyond,
    "content of --backbone": files.backbone.content(),
    "content of --side": files.side?.content() ?? null,
    "content of the training folder": train.fingerprint.text,
    "content of --val": validation?.fingerprint.text ?? null,
    "content of --test": test?.fingerprint.text ?? null,
    "content of --ood": ood.map((o) => o.fingerprint.text).join() || null,
  });

  const engine = createEngine(runtime, { threads });
  const sets = await loadSets(
    engine,
    { train, validation, test, ood },
    {
      preprocessing,
      valFraction: options.valFraction,
      seed: options.seed,
      memoryBudget: options.memory * 1e6,
      cacheDir: join(options.cache, "images"),
      onProgress,
      signal,
    },
  );
  const listener = onProgress ? { onProgress } : {};
  const data = await openReviewed(engine, { sets, modality, outputs, ...listener }, options).catch(async (error) => {
    await sets.close();
    throw error;
  });
  return {
    settings: options,
    files,
    computedBy,
    preprocessing,
    network,
    modality,
    sets,
    data,
    outputs,
    classWeights: outputWeights(options, outputs, data.train),
    store,
    cache: featureCache(options, files, preprocessing, sets, computedBy),
    memoryBytes: options.memory * 1e6,
    ...listener,
    ...(signal ? { signal } : {}),
  };
}

/** What is wrong with the data, or to be known of it, is said before anything is trained. */
async function openReviewed(
  engine: Engine,
  job: Pick<Job<MarkedImages>, "sets" | "modality" | "outputs" | "onProgress">,
  options: TuneOptions,
): Promise<JobData> {
  const data = await openData(engine, job.modality, job.sets, options, job.outputs.length);
  reviewData({ ...job, data });
  return data;
}

/** The same data with another network: settings that decide what is trained, such as the head, may differ. */
export function withSettings(prepared: Prepared, options: TuneOptions): Prepared {
  const { files, modality, data, preprocessing, sets, computedBy } = prepared;
  const network = openNetwork(files, options, modality);
  requireTrainable(network, data.objective, options);
  return {
    ...prepared,
    settings: options,
    network,
    cache: featureCache(options, files, preprocessing, sets, computedBy),
  };
}

/** The models of a job. */
interface ReadModels extends NetworkFiles {
  readonly backbone: ReadModel;
  readonly side?: ReadModel;
}

async function networkFiles({ backbone, side }: TuneOptions): Promise<ReadModels> {
  return {
    backbone: await openModelFile(backbone),
    ...(side === undefined ? {} : { side: await openModelFile(side) }),
  };
}

async function found(path: string, options: ScanOptions, signal: AbortSignal | undefined): Promise<FoundImages> {
  const { task, labels, columns, like } = options;
  const source = await scanImages(path, { task, labels, columns, like });
  return { source, path, fingerprint: await fingerprintImages(source, { signal }) };
}

/** Features of earlier runs on the same model, images, preprocessing and versions. */
function featureCache(
  options: TuneOptions,
  { backbone, side }: ReadModels,
  preprocessing: Preprocessing,
  sets: LoadedSets,
  computedBy: Configuration,
): FeatureCache {
  const { method, batch, threads } = options;
  const models = [backbone, ...(method === "side" ? [side ?? backbone] : [])].map((model) => model.content());
  return {
    store: folderStore(join(options.cache, "features")),
    key(set, value) {
      const parts = [format, computedBy, models, sets[set].source.fingerprint, preprocessing, value, batch, threads];
      return `${createHash("sha256").update(JSON.stringify(parts)).digest("hex")}.safetensors`;
    },
  };
}
