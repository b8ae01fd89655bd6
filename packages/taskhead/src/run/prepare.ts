import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { crossEntropy, loadModel, sgd, trainingStep, type Model } from "@taskhead/autograd";
import {
  createEngine,
  createResizer,
  freezeUntil,
  linearHead,
  mlpHead,
  openBackbone,
  outputSize,
  plainPreprocessing,
  probeNetwork,
  random,
  sideTuned,
  split as splitSamples,
  splitBackbone,
  trainBatchNorms,
  withHead,
  withOptions,
  type Backbone,
  type Engine,
  type Head,
  type Images,
  type Preprocessing,
  type SplitBackbone,
} from "@taskhead/core";
import { readModelFile } from "../files/model-file.js";
import type { TuneOptions } from "../options/options.js";
import type { Context } from "./context.js";
import {
  fingerprintImages,
  loadImages,
  readPreprocessorConfig,
  scanImages,
  type ImageSource,
  type LoadedImages,
} from "../images/index.js";
import { externalDataOf } from "../files/external-data.js";
import { UserError } from "../files/errors.js";
import type { DataSummary } from "../report/index.js";
import { readClassWeights, settle } from "./class-weights.js";
import { RunFolder, type Configuration } from "./run-folder.js";
import { loadRuntime } from "./runtime.js";

/** Images of one role, with where they came from. */
export interface PreparedSet {
  images: Images;
  /** The file of each image, in the same order. */
  files: readonly string[];
  /** Changes with any file's content. */
  fingerprint: string;
}

export interface PreparedData {
  classes: string[];
  train: PreparedSet;
  validation: PreparedSet;
  test: PreparedSet | null;
  /** Sets from elsewhere, with the same classes. */
  ood: PreparedSet[];
  /** Of each class in the training loss; null for all alike. */
  classWeights: readonly number[] | null;
  /** How a picture becomes the backbone's input; the exported model does the same. */
  preprocessing: Preprocessing;
  summary: DataSummary;
  /** Removes what was kept in the cache folder for this run alone. */
  close(): Promise<void>;
}

/** Backbone and head, before any training. */
export interface Network {
  backbone: Backbone;
  head: Head;
  /** The backbone cut below the blocks that start afresh; null if none do. */
  split: SplitBackbone | null;
  /** The network that fine-tuning trains: the backbone, or the side network of side-tuning. */
  trained: Backbone;
  /** sha256 of the model files */
  modelHash: string;
}

/** All that a run stands on. */
export interface Prepared extends Network {
  engine: Engine;
  data: PreparedData;
  folder: RunFolder;
}

type PrepareContext = Pick<Context, "progress" | "signal">;

/** A folder of images before any is decoded. */
interface Source {
  folder: ImageSource;
  fingerprint: string;
}

/**
 * Opens model, data and run folder: what can be refused is refused before the first image is decoded.
 * @param beyond what decides the result besides the options, or instead
 * @throws {UserError} on input that cannot be used
 */
export async function prepare(
  options: TuneOptions,
  context: PrepareContext,
  beyond: Configuration = {},
): Promise<Prepared> {
  const bytes = await readModelFile(options.backbone);
  const preprocessing = await preprocessingFor(options, bytes);
  const side = options.side === undefined ? null : await readModelFile(options.side);
  const network = openNetwork(options, { bytes, side }, preprocessing);

  const train = await source(options.train, context);
  const validation = options.val === undefined ? null : await source(options.val, context, train.folder);
  const test = options.test === undefined ? null : await source(options.test, context, train.folder);
  const ood: Source[] = [];
  for (const path of options.ood) ood.push(await source(path, context, train.folder));
  const { outputs: classes } = train.folder;
  const weights = options.classWeights === undefined ? null : await readClassWeights(options.classWeights, classes);
  requireTrainable(network, classes.length, options.batchnorm);
  const configuration = configurationOf(options, preprocessing, {
    ...beyond,
    "content of --backbone": sha256(bytes),
    "content of --side": side && sha256(side),
    "content of the training folder": train.fingerprint,
    "content of --val": validation?.fingerprint ?? null,
    "content of --test": test?.fingerprint ?? null,
    "content of --ood": ood.map((o) => o.fingerprint).join() || null,
    "--class-weights": weights && String(weights),
  });
  const folder = await RunFolder.open(options.out, configuration);

  const engine = createEngine(await loadRuntime(), { threads: options.threads });
  const loaded = await loadAll({ train, validation, test, ood }, preprocessing, engine, options, context);
  const classWeights = weights && settle(weights, loaded.train.images.labels, classes.length);
  return { ...network, engine, data: { ...loaded, classWeights }, folder };
}

/** The same data with another network: options that decide what is trained, such as the head, may differ. */
export async function withNetwork(prepared: Prepared, options: TuneOptions): Promise<Prepared> {
  const { classes, preprocessing } = prepared.data;
  const bytes = await readModelFile(options.backbone);
  const side = options.side === undefined ? null : await readModelFile(options.side);
  const network = openNetwork(options, { bytes, side }, preprocessing);
  requireTrainable(network, classes.length, options.batchnorm);
  return { ...prepared, ...network };
}

/** @param files the backbone, and the side network if it is another */
function openNetwork(
  options: TuneOptions,
  { bytes, side }: { bytes: Uint8Array; side: Uint8Array | null },
  preprocessing: Preprocessing,
): Network {
  const { mean, std, rescale } = preprocessing;
  const input = { size: outputSize(preprocessing), pixels: { mean, std, rescale } };
  const base = openBackbone(bytes, {
    external: externalDataOf(options.backbone),
    ...input,
    ...(options.features === undefined ? {} : { features: options.features }),
  });
  const whole = options.side && side ? openBackbone(side, { external: externalDataOf(options.side), ...input }) : base;
  const trained = options.freezeUntil === undefined ? whole : freezeUntil(whole, options.freezeUntil);
  const backbone = options.method === "side" ? sideTuned(base, trained) : trained;
  const hashes = [sha256(bytes), ...(options.method === "side" ? [sha256(side ?? bytes)] : [])];
  return {
    backbone,
    trained,
    head: headOf(options, backbone),
    split: options.reinitBlocks > 0 ? splitBackbone(backbone, options.reinitBlocks) : null,
    modelHash: hashes.join(" "),
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function headOf(options: TuneOptions, backbone: Backbone): Head {
  if (options.head === "linear") return linearHead();
  return mlpHead({
    width: options.headWidth ?? backbone.width,
    depth: options.headDepth,
    activation: options.headActivation,
    dropout: options.headDropout,
  });
}

/**
 * Builds the training graphs once, for their refusals: an operator without a gradient, or a parameter that cannot start
 * afresh, should not come up after probing.
 * @throws {ModelError} naming the operator, its node and the way to the loss
 */
function requireTrainable(
  { backbone, head, split }: Network,
  classes: number,
  batchnorm: TuneOptions["batchnorm"],
): void {
  const { width } = backbone;
  const fresh = split && probeNetwork({ head, blocks: split.blocks, width, classes, seed: 0 });
  const model = withHead(backbone, head, classes, head.initial(random(0), width, classes));
  const step = (trained: Model, trainable: readonly string[]): unknown =>
    trainingStep(trained, { loss: crossEntropy({ logits: "logits" }), optimizer: sgd(), trainable });
  const trainable = [...backbone.parameters, ...head.parameters];
  if (batchnorm === "frozen") step(model, trainable);
  else {
    const training = trainBatchNorms(model, trainable);
    if (training.carried.size === 0)
      throw new UserError("--batchnorm train: no BatchNorm is among what is trained; leave it out");
    step(training.model, trainable);
  }
  if (fresh) step(fresh.trainingModel(fresh.initial(1)), fresh.parameters);
}

/** The file beside the model, or above the `onnx` folder it is in; then the command line, which wins. */
async function preprocessingFor(options: TuneOptions, model: Uint8Array): Promise<Preprocessing> {
  const beside = dirname(options.backbone);
  const folders = basename(beside) === "onnx" ? [beside, dirname(beside)] : [beside];
  const file = folders.map((folder) => join(folder, "preprocessor_config.json")).find(existsSync);
  const base = file
    ? await readPreprocessorConfig(file)
    : plainPreprocessing(options.size ?? fixedSize(options.backbone, model) ?? 64);
  return withOptions(base, { size: options.size, mean: options.mean, std: options.std });
}

/** The image size that a model insists on, in pixels. */
function fixedSize(path: string, model: Uint8Array): { height: number; width: number } | undefined {
  const { graph } = loadModel(model, { external: externalDataOf(path) });
  const [, , height, width] = graph.inputs[0]?.type?.shape ?? [];
  return typeof height === "number" && typeof width === "number" ? { height, width } : undefined;
}

async function source(path: string, { signal }: PrepareContext, like?: ImageSource): Promise<Source> {
  const folder = await scanImages(path, { task: "classification", like });
  return { folder, fingerprint: await fingerprintImages(folder, { signal }) };
}

/** What decides the result; where things are kept and how they are shown does not. */
function configurationOf(options: TuneOptions, preprocessing: Preprocessing, contents: Configuration): Configuration {
  const flags: [flag: string, value: unknown][] = [
    ["--features", options.features],
    ["--val-fraction", options.val === undefined ? options.valFraction : null],
    ["the preprocessing", JSON.stringify(preprocessing)],
    ["--method", options.method],
    ["--freeze-until", options.freezeUntil],
    ["--batchnorm", options.batchnorm],
    ["--layer-decay", options.layerDecay],
    ["--head-lr", options.headLr],
    ["--taus", options.taus],
    ["--probe-epochs", options.probeEpochs],
    ["--epochs", options.epochs],
    ["--no-halving", options.halving ? null : true],
    ["--batch", options.batch],
    ["--probe-lr", options.probeLr],
    ["--lr", options.lr],
    ["--schedule", options.schedule],
    ["--warmup", options.warmup],
    ["--optimizer", options.optimizer],
    ["--momentum", options.momentum],
    ["--weight-decay", options.weightDecay],
    ["--clip-norm", options.clipNorm],
    ["--augment", options.augment.join() || null],
    ["--patience", options.patience],
    ["--smoothing", options.smoothing],
    ["--probe-loss", options.probeLoss],
    ["--head", options.head],
    ["--head-width", options.headWidth],
    ["--head-depth", options.headDepth],
    ["--head-activation", options.headActivation],
    ["--head-dropout", options.headDropout],
    ["--reinit-blocks", options.reinitBlocks],
    ["--forecast", options.forecast || null],
    ["--seed", options.seed],
    ["--threads", options.threads],
  ];
  const plain = flags.map(
    ([flag, value]) => [flag, value === undefined || value === null ? null : String(value)] as const,
  );
  return { ...Object.fromEntries(plain), ...contents };
}

interface Sources {
  train: Source;
  validation: Source | null;
  test: Source | null;
  ood: Source[];
}

async function loadAll(
  sources: Sources,
  preprocessing: Preprocessing,
  engine: Engine,
  options: TuneOptions,
  context: PrepareContext,
): Promise<Omit<PreparedData, "classWeights">> {
  const resize = await createResizer(engine, preprocessing);
  const opened: LoadedImages[] = [];
  const close = async (): Promise<void> => {
    for (const { images } of opened) await images.close();
  };
  const load = async (from: Source, label: string): Promise<LoadedImages> => {
    const task = context.progress.task(label, from.folder.files.length, "images");
    try {
      const loaded = await loadImages(from.folder, {
        resize,
        size: outputSize(preprocessing),
        memoryBudget: options.memory * 1e6,
        cacheDir: join(options.cache, "images"),
        onProgress: (done) => task.update(done),
        onSkip: (file, reason) => context.progress.say(`warning: skipped ${join(from.folder.root, file)}: ${reason}`),
        signal: context.signal,
      });
      opened.push(loaded);
      return loaded;
    } finally {
      task.end();
    }
  };
  try {
    const all = await load(sources.train, "training images");
    const other = sources.validation && (await load(sources.validation, "validation images"));
    const split = other ? null : splitSamples(all.targets, options.valFraction, options.seed);
    const test = sources.test && (await load(sources.test, "test images"));
    const ood: LoadedImages[] = [];
    for (const from of sources.ood) ood.push(await load(from, "out-of-distribution images"));
    const everything = (l: LoadedImages): number[] => l.files.map((_, i) => i);
    const train = subset(sources.train, all, split?.train ?? everything(all));
    const validation =
      other && sources.validation
        ? subset(sources.validation, other, everything(other))
        : subset(sources.train, all, split!.validation);
    return {
      classes: all.outputs,
      train,
      validation,
      test: test && sources.test && subset(sources.test, test, everything(test)),
      ood: ood.map((images, i) => subset(sources.ood[i]!, images, everything(images))),
      preprocessing,
      close,
      summary: {
        sample: "image",
        objective: "classification",
        outputs: all.outputs,
        train: { path: options.train, count: train.images.count, skipped: unusable(sources.train, all) },
        validation: {
          path: options.val ?? null,
          count: validation.images.count,
          skipped: other && sources.validation ? unusable(sources.validation, other) : 0,
        },
        test: test &&
          sources.test && { path: options.test!, count: test.files.length, skipped: unusable(sources.test, test) },
        ood: ood.map((images, i) => ({
          path: options.ood[i]!,
          count: images.files.length,
          skipped: unusable(sources.ood[i]!, images),
        })),
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** How many images, or rows of the file of labels, are of no use. */
function unusable({ folder }: Source, { skipped }: LoadedImages): number {
  return folder.refused.length + skipped.length;
}

/** Some images of a folder, by their places in it. */
function subset(from: Source, { images, targets, files }: LoadedImages, chosen: readonly number[]): PreparedSet {
  const places = createHash("sha256").update(chosen.join()).digest("hex");
  return {
    images: {
      count: chosen.length,
      labels: chosen.map((i) => targets.data[i]!),
      shape: images.shape as [number, number, number],
      gather: (indices, out) =>
        images.gather(
          indices.map((i) => chosen[i]!),
          out,
        ),
    },
    files: chosen.map((i) => join(from.folder.root, files[i]!)),
    fingerprint: `${from.fingerprint} ${places}`,
  };
}
