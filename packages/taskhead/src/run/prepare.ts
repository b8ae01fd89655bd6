import { createHash } from "node:crypto";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { createEngine } from "@taskhead/core";
import {
  type FeatureCache,
  type Job,
  type ModelFile,
  type NetworkFiles,
  objectiveOf,
  type OnProgress,
  openData,
  openNetwork,
  outputWeights,
  type Preprocessing,
  requireTrainable,
  type Configuration,
} from "@taskhead/core/internals";
import { UserError } from "../files/errors.js";
import { externalDataOf } from "../files/external-data.js";
import { readModelFile } from "../files/model-file.js";
import { decoders, decoding } from "../images/decode.js";
import { fingerprintImages } from "../images/fingerprint.js";
import { imageFiles } from "../images/image-files.js";
import { loadSets, type FoundImages, type LoadedSets, type MarkedImages } from "../images/load-sets.js";
import { preprocessingOf } from "../images/preprocessing-of.js";
import { scanImages, type ScanOptions } from "../images/scan-images.js";
import { keptThreads } from "../options/kept-threads.js";
import { identityOf, type TuneOptions } from "../options/options.js";
import { folderStore } from "../store/folder-store.js";
import { openRunFolder } from "./run-folder.js";
import { loadRuntime } from "./runtime.js";

/** A job on images in folders. */
export interface Prepared extends Job<MarkedImages> {
  readonly files: NetworkFiles;
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
  const network = openNetwork(files, options, modality);

  const train = await found(options.train, options, signal);
  const like = (path: string): Promise<FoundImages> =>
    found(path, { ...options, labels: undefined, like: train.source }, signal);
  const validation = options.val === undefined ? null : await like(options.val);
  const test = options.test === undefined ? null : await like(options.test);
  const ood: FoundImages[] = [];
  for (const path of options.ood) ood.push(await like(path));
  const { outputs } = train.source;
  requireTrainable(network, objectiveOf(options, outputs.length), options);
  requireRoom(network.backbone.sampleBytes, Math.min(options.batch, train.source.files.length));
  sayThreads(options, onProgress);
  const store = await openRunFolder(options.out, {
    ...identityOf(options),
    "the preprocessing": JSON.stringify(preprocessing),
    "the decoding of images": decoding,
    ...beyond,
    "content of --backbone": sha256(files.backbone.bytes),
    "content of --side": files.side ? sha256(files.side.bytes) : null,
    "content of the training folder": train.fingerprint,
    "content of --val": validation?.fingerprint ?? null,
    "content of --test": test?.fingerprint ?? null,
    "content of --ood": ood.map((o) => o.fingerprint).join() || null,
  });

  const engine = createEngine(await loadRuntime(), { threads });
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
  const data = await openData(engine, modality, sets, options, outputs.length);
  return {
    settings: options,
    files,
    preprocessing,
    network,
    modality,
    sets,
    data,
    outputs,
    classWeights: outputWeights(options, outputs, data.train),
    store,
    cache: featureCache(options, files, preprocessing, sets),
    memoryBytes: options.memory * 1e6,
    ...(onProgress ? { onProgress } : {}),
    ...(signal ? { signal } : {}),
  };
}

/** The same data with another network: settings that decide what is trained, such as the head, may differ. */
export function withSettings(prepared: Prepared, options: TuneOptions): Prepared {
  const { files, modality, data, preprocessing, sets } = prepared;
  const network = openNetwork(files, options, modality);
  requireTrainable(network, data.objective, options);
  return { ...prepared, settings: options, network, cache: featureCache(options, files, preprocessing, sets) };
}

/** @throws {UserError} if a batch alone takes more memory than the machine has */
function requireRoom(imageBytes: number, batch: number): void {
  if (imageBytes * batch <= totalmem()) return;
  const inMb = (bytes: number): string => Math.ceil(bytes / 1e6).toLocaleString("en");
  throw new UserError(
    `a batch of ${batch} images takes ${inMb(imageBytes * batch)} MB in the model, ${inMb(imageBytes)} each, and this machine has ${inMb(totalmem())}; give a smaller --batch or --size`,
  );
}

/** A run that goes on on another machine has the number of threads of the first. */
function sayThreads({ out, threads }: TuneOptions, onProgress: OnProgress | undefined): void {
  if (keptThreads(out) !== threads || threads === availableParallelism()) return;
  const text = `goes on with --threads ${threads}, as the run in ${out} began; this machine has ${availableParallelism()}`;
  onProgress?.({ kind: "message", text });
}

async function networkFiles({ backbone, side }: TuneOptions): Promise<NetworkFiles> {
  const read = async (path: string): Promise<ModelFile> => ({
    bytes: await readModelFile(path),
    external: externalDataOf(path),
  });
  return { backbone: await read(backbone), ...(side === undefined ? {} : { side: await read(side) }) };
}

async function found(path: string, options: ScanOptions, signal: AbortSignal | undefined): Promise<FoundImages> {
  const { task, labels, columns, like } = options;
  const source = await scanImages(path, { task, labels, columns, like });
  return { source, path, fingerprint: await fingerprintImages(source, { signal }) };
}

/** Features of earlier runs on the same model, images and preprocessing. */
function featureCache(
  options: TuneOptions,
  { backbone, side }: NetworkFiles,
  preprocessing: Preprocessing,
  sets: LoadedSets,
): FeatureCache {
  const { method, batch, threads } = options;
  const models = [backbone, ...(method === "side" ? [side ?? backbone] : [])]
    .map(({ bytes }) => sha256(bytes))
    .join(" ");
  return {
    store: folderStore(join(options.cache, "features")),
    key(set, value) {
      const parts = [models, sets[set].source.fingerprint, decoders, preprocessing, value, batch, threads];
      return `${sha256(JSON.stringify(parts))}.safetensors`;
    },
  };
}

function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}
