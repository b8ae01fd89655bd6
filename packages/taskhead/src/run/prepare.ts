import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { loadModel, writeModel } from "@taskhead/autograd";
import { createEngine, type Engine } from "@taskhead/core";
import {
  type FeatureCache,
  format,
  describeStart,
  startSentence,
  type Job,
  type JobData,
  type NetworkFiles,
  objectiveOf,
  openData,
  openNetwork,
  outputWeights,
  type Preprocessing,
  requireTrainable,
  reviewData,
  type Configuration,
  unserved,
  warn,
} from "@taskhead/core/internals";
import { UserError } from "../files/errors.js";
import { ofModel, openModelFile, type ReadModel } from "../files/model-file.js";
import { sha256 } from "../files/sha256.js";
import { fingerprintImages } from "../images/fingerprint.js";
import { imageFiles } from "../images/image-files.js";
import { loadSets, type FoundImages, type LoadedSets, type MarkedImages } from "../images/load-sets.js";
import { configOf } from "../images/processor/config.js";
import { describePreprocessing } from "../images/processor/describe.js";
import { preprocessingOf, type FoundPreprocessing, type OpenedFile } from "../images/processor/preprocessing-of.js";
import { requireSplittable } from "../images/require-validation.js";
import { scanImages, type ScanOptions } from "../images/scan-images.js";
import { keptThreads } from "../options/kept.js";
import { identityOf, type TuneOptions } from "../options/options.js";
import { folderStore } from "../store/folder-store.js";
import { measureNormalisations } from "./normalisation.js";
import type { Listener } from "./listener.js";
import { openRunFolder } from "./run-folder.js";
import { deviceFor } from "./device.js";
import { loadRuntime } from "./runtime.js";
import { versions } from "./versions.js";

/** A job on images in folders. */
export interface Prepared extends Job<MarkedImages> {
  readonly files: ReadModels;
  /** The versions that compute it. */
  readonly computedBy: Configuration;
  /** How pictures become numbers, and who says so. */
  readonly preprocessing: FoundPreprocessing;
  readonly sets: LoadedSets;
}

/**
 * Opens model, data and run folder: what can be refused is refused before the first image is decoded.
 * @param beyond what decides the result besides the options, or instead
 * @param threads of the runtime
 * @throws {UserError} on input that cannot be used
 */
export async function prepare(
  asked: TuneOptions,
  { onProgress, signal }: Listener,
  beyond: Configuration = {},
  threads = asked.threads,
): Promise<Prepared> {
  // Which device it is, is a part of what the run is.
  const runtime = await loadRuntime();
  const options = { ...asked, device: await deviceFor(runtime, asked.device) };
  const opened = await networkFiles(options);
  const { files } = opened;
  const { size, mean, std, augment } = options;
  const pixels = { size, mean: mean === "auto" ? undefined : mean, std };
  const found = await preprocessingOf(options.backbone, opened, pixels);
  const open = ({ preprocessing }: FoundPreprocessing) => {
    const modality = imageFiles({ preprocessing, augment });
    return { modality, network: openNetwork(files, options, modality) };
  };
  // All that is read of the models: their content is known from here on.
  const first = open(found);
  for (const text of first.network.backbone.warnings) warn(onProgress, text);

  const train = await scanned(options.train, options, signal);
  const like = (path: string): Promise<FoundImages> =>
    scanned(path, { ...options, labels: undefined, like: train.source }, signal);
  const validation = options.val === undefined ? null : await like(options.val);
  if (!validation) requireSplittable(train.source, options.valFraction);
  const test = options.test === undefined ? null : await like(options.test);
  const ood: FoundImages[] = [];
  for (const path of options.ood) ood.push(await like(path));
  const { outputs } = train.source;
  requireTrainable(first.network, objectiveOf(options, outputs.length), options);
  const computedBy = versions(runtime);
  const engine = createEngine(runtime, { device: options.device, threads });
  const measuring = { engine, backbone: files.backbone, train, options, computedBy };
  const pictures =
    mean === "auto" && !opened.unserved ? await measureNormalisations(found, measuring, { onProgress, signal }) : found;
  const { preprocessing } = pictures;
  const { modality, network } = pictures === found ? first : open(pictures);
  requireRoom(network.backbone.sampleBytes, Math.min(options.batch, train.source.files.length));
  sayThreads(options, onProgress);
  if (asked.device === "auto")
    onProgress?.({ kind: "message", text: `computes on ${options.device}, the fastest here` });
  const store = await openRunFolder(options.out, {
    format,
    ...computedBy,
    ...identityOf(options),
    "the preprocessing": JSON.stringify(preprocessing),
    "the head's start": describeStart(network.start.start),
    ...beyond,
    "content of --backbone": files.backbone.content(),
    "content of --side": files.side?.content() ?? null,
    "content of the training folder": train.fingerprint.text,
    "content of --val": validation?.fingerprint.text ?? null,
    "content of --test": test?.fingerprint.text ?? null,
    "content of --ood": ood.map((o) => o.fingerprint.text).join() || null,
  });
  onProgress?.({ kind: "message", text: describePreprocessing(pictures) });
  onProgress?.({ kind: "message", text: startSentence(network.start) });

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
    preprocessing: pictures,
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
    cache: featureCache(options, files, preprocessing.preprocessing, sets, computedBy),
  };
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
function sayThreads({ out, threads }: TuneOptions, onProgress: Listener["onProgress"]): void {
  if (keptThreads(out) !== threads || threads === availableParallelism()) return;
  const text = `goes on with --threads ${threads}, as the run in ${out} began; this machine has ${availableParallelism()}`;
  onProgress?.({ kind: "message", text });
}

/** The models of a job. */
interface ReadModels extends NetworkFiles {
  readonly backbone: ReadModel;
  readonly side?: ReadModel;
}

/** The models as they are trained: an earlier export without the resizing that it has for servers. */
async function networkFiles({ backbone, side }: TuneOptions): Promise<OpenedFile & { files: ReadModels }> {
  const file = await openModelFile(backbone);
  const config = await configOf(backbone);
  // All that is read of it: its content is known from here on.
  const whole = ofModel(backbone, () => loadModel(file.bytes, { external: file.external }));
  const inner = unserved(whole);
  const beside = side === undefined ? undefined : { path: side, file: await openModelFile(side) };
  // Here, as only here it is known which of two files is broken.
  if (beside) ofModel(beside.path, () => loadModel(beside.file.bytes, { external: beside.file.external }));
  return {
    model: inner?.model ?? whole,
    unserved: inner,
    files: {
      backbone: inner ? { bytes: writeModel(inner.model), content: () => file.content() } : file,
      ...(config ? { config } : {}),
      ...(beside ? { side: beside.file } : {}),
    },
  };
}

async function scanned(path: string, options: ScanOptions, signal: AbortSignal | undefined): Promise<FoundImages> {
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
  const { method, batch, device, threads } = options;
  const models = [backbone, ...(method === "side" ? [side ?? backbone] : [])].map((model) => model.content());
  return {
    store: folderStore(join(options.cache, "features")),
    key(set, value) {
      const parts = [
        format,
        computedBy,
        models,
        sets[set].source.fingerprint,
        preprocessing,
        value,
        batch,
        device,
        threads,
      ];
      return `${sha256(JSON.stringify(parts))}.safetensors`;
    },
  };
}
