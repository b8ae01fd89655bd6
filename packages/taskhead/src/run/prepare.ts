import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { createEngine, type Engine, type Store } from "@taskhead/core";
import {
  type FeatureCache,
  format,
  describeStart,
  startSentence,
  type Job,
  type JobData,
  type Network,
  type NetworkFiles,
  objectiveOf,
  openData,
  openNetwork,
  outputWeights,
  placesOf,
  requirePrecision,
  requireTrainable,
  reviewData,
  type Configuration,
  unserved,
  warn,
} from "@taskhead/core/internals";
import type { Kind, LoadedSets, Marked, OpenedFile, Reading, SetOfFiles } from "../data/kind.js";
import type { Dividing } from "../data/dividing.js";
import type { Listener } from "../data/listener.js";
import { UserError } from "../files/errors.js";
import { configOf } from "../files/model-config.js";
import { ofModel, openModelFile, type ReadModel } from "../files/model-file.js";
import { sha256 } from "../files/sha256.js";
import { namesHub } from "../options/hub-places.js";
import { keptThreads } from "../options/kept.js";
import { identityOf, type TuneOptions } from "../options/options.js";
import { deviceFor } from "../runtime/device.js";
import { loadRuntime } from "../runtime/runtime.js";
import { tooManyThreads } from "../runtime/threads.js";
import { SpilledFeatures } from "../store/spilled-features.js";
import { folderStore } from "../store/folder-store.js";
import { carriedSentences, readEarlierRun, seenSentences, type EarlierRun } from "./earlier-run.js";
import { kindOf } from "./kinds.js";
import { openRunFolder } from "./run-folder.js";
import { versions } from "./versions.js";

/** A job on files. */
export interface Prepared extends Job<Marked> {
  readonly kind: Kind;
  readonly files: ReadModels;
  /** The versions that compute it. */
  readonly computedBy: Configuration;
  /** How samples become numbers, and who says so. */
  readonly reading: Reading<Marked>;
  readonly sets: LoadedSets<Marked>;
}

/**
 * Opens model, data and run folder: what can be refused is refused before the first sample is opened.
 * @param beyond what decides the result besides the options, or instead
 * @param threads of the runtime
 * @param openRun the store of the run, made its own
 * @throws {UserError} on input that cannot be used
 */
export async function prepare(
  asked: TuneOptions & Pick<Dividing, "fold">,
  listener: Listener,
  beyond: Configuration = {},
  threads = asked.threads,
  openRun: (path: string, configuration: Configuration) => Promise<Store> = openRunFolder,
): Promise<Prepared> {
  const { onProgress, signal } = listener;
  if (namesHub({ ...asked }))
    throw new UserError(
      "options that name the Hugging Face hub are fetched by tune, and by the commands; call one of these",
    );
  // Which device it is, is a part of what the run is.
  const runtime = await loadRuntime();
  const options = { ...asked, device: await deviceFor(runtime, asked.device) };
  const engine = createEngine(runtime, { device: options.device, threads });
  await requirePrecision(engine, options);
  const crowded = tooManyThreads(asked.threads, availableParallelism());
  if (crowded !== undefined) warn(onProgress, crowded);
  const opened = await networkFiles(options);
  const kind = await kindOf(options);
  const open = (reading: Reading<Marked>, files = opened.files) =>
    opening(options, () => openNetwork(files, options, reading.modality));
  const given = await kind.reading(options, opened).catch((error: unknown) =>
    ofModel(options.backbone, (): never => {
      throw error;
    }),
  );
  const first = open(given);
  for (const text of first.backbone.warnings) warn(onProgress, text);

  const train = await kind.scan(options.train, options, { signal });
  const like = (path: string, set: SetOfFiles) => kind.scan(path, options, { like: train, set, signal });
  const wanted = (["validation", "test"] as const).filter(
    (set) => options[set === "test" ? "test" : "val"] === undefined && (set === "test" || options.folds === undefined),
  );
  const offered = await kind.offered?.(train, wanted, options);
  for (const text of offered?.said ?? []) onProgress?.({ kind: "message", text });
  const validation = options.val === undefined ? (offered?.validation ?? null) : await like(options.val, "validation");
  if (!validation) kind.requireSplittable(train, options.valFraction);
  const test = options.test === undefined ? (offered?.test ?? null) : await like(options.test, "test");
  const ood: (typeof train)[] = [];
  for (const path of options.ood) ood.push(await like(path, "test"));
  const { outputs } = train;
  const earlier = options.from === undefined ? undefined : await readEarlierRun(options.from, options.task);
  const files = goingOn(opened, earlier, options, outputs);
  training(options, () => requireTrainable(first, objectiveOf(options, outputs), options));
  const computedBy = versions(runtime, kind);
  const measuring = { engine, backbone: files.backbone, train, options, computedBy };
  const reading = (await kind.measured?.(given, measuring, { onProgress, signal })) ?? given;
  const read = reading === given && files === opened.files ? first : open(reading, files);
  requireRoom(read.backbone.sampleBytes, Math.min(options.batch, train.count), kind);
  sayThreads(options, onProgress);
  if (asked.device === "auto")
    onProgress?.({ kind: "message", text: `computes on ${options.device}, the fastest here` });
  const store = await openRun(options.out, {
    format,
    ...computedBy,
    ...identityOf(options),
    ...reading.identity,
    "the head's start": describeStart(read.start.start),
    ...(typeof options.fold === "number" ? { "the fold that validates": options.fold } : {}),
    "the run that it goes on from": earlier?.mark ?? null,
    ...beyond,
    "content of --backbone": files.backbone.content,
    "content of --side": files.side?.content ?? null,
    [`content of the training ${kind.place}`]: train.fingerprint.text,
    "content of --val": validation?.fingerprint.text ?? null,
    "content of --test": test?.fingerprint.text ?? null,
    "content of --ood": ood.map((o) => o.fingerprint.text).join() || null,
  });
  const features = kind.tellsFeatures ? [read.backbone.found] : [];
  const carried = earlier ? carriedSentences(earlier, outputs, options.task) : [];
  for (const text of [...reading.told, ...features, startSentence(read.start), ...carried])
    onProgress?.({ kind: "message", text });

  // No fold's run sees what the last one is tested on.
  const tested = typeof options.fold === "number" ? { test: null, ood: [] } : { test, ood };
  const found = { train, validation, ...tested };
  const dividing = { ...options, ...(earlier?.sides ? { earlier: earlier.sides } : {}) };
  const loaded = await kind.load(engine, found, reading, dividing, { onProgress, signal });
  for (const text of earlier ? seenSentences(earlier, loaded, kind) : []) onProgress?.({ kind: "message", text });
  const spilled = new SpilledFeatures(join(options.cache, "features"));
  const sets = {
    ...(options.fold === "all" ? answeredByFolds(loaded, options.folds!, kind) : loaded),
    async close() {
      spilled.close();
      await loaded.close();
    },
  };
  const { modality } = reading;
  const data = await openReviewed(
    engine,
    { sets, modality, network: read, outputs, ...(onProgress ? { onProgress } : {}) },
    options,
  ).catch(async (error) => {
    await sets.close();
    throw error;
  });
  const network = await forSamples(read, data, options, { files, modality });
  return {
    kind,
    settings: options,
    files,
    computedBy,
    reading,
    network,
    modality,
    sets,
    data,
    outputs,
    classWeights: outputWeights(options, outputs, data.train),
    store,
    cache: featureCache(options, { files, network, reading, sets, computedBy }),
    memoryBytes: options.memory * 1e6,
    spill: spilled.spill,
    ...(onProgress ? { onProgress } : {}),
    ...(signal ? { signal } : {}),
  };
}

/** With the head of the run that this one goes on from; of numbers it starts anew, as they are standardised anew. */
function goingOn(
  { files, model, unserved: inner }: OpenedFile & { files: ReadModels },
  earlier: EarlierRun | undefined,
  { task }: TuneOptions,
  outputs: readonly string[],
): ReadModels {
  if (!earlier || task === "regression") return files;
  return { ...files, head: { earlier: { model: inner?.model ?? model, outputs: earlier.outputs }, outputs } };
}

/** Where all samples train, validation is what the folds' runs said of them: the same samples, which are no copies. */
function answeredByFolds<S>(sets: LoadedSets<S>, folds: number, { sample }: Kind): LoadedSets<S> {
  const path = `the training ${sample}s, each as answered by the one of ${folds} folds' runs that was not trained on it`;
  return { ...sets, validation: { source: sets.validation.source, summary: { path, skipped: 0 } } };
}

/** What is wrong with the data, or to be known of it, is said before anything is trained. */
async function openReviewed(
  engine: Engine,
  job: Pick<Job<Marked>, "sets" | "modality" | "network" | "outputs" | "onProgress">,
  options: TuneOptions,
): Promise<JobData> {
  const data = await openData(engine, job.modality, job.sets, options, job.outputs, job.network.whole.inputs);
  reviewData({ ...job, data });
  return data;
}

/** The same data with another network: settings that decide what is trained, such as the head, may differ. */
export async function withSettings(prepared: Prepared, options: TuneOptions): Promise<Prepared> {
  const { files, modality, data, reading, sets, computedBy } = prepared;
  const opened = opening(options, () => openNetwork(files, options, modality));
  training(options, () => requireTrainable(opened, data.objective, options));
  const network = await forSamples(opened, data, options, prepared);
  return {
    ...prepared,
    settings: options,
    network,
    cache: featureCache(options, { files, network, reading, sets, computedBy }),
  };
}

/** The same network, once it is known how long its samples are: blocks that start afresh may have to know. */
async function forSamples(
  network: Network,
  data: JobData,
  options: TuneOptions,
  { files, modality }: Pick<Prepared, "files" | "modality">,
): Promise<Network> {
  const places = await placesOf(network, data);
  return places ? opening(options, () => openNetwork(files, options, modality, places)) : network;
}

/** Says of which file it is what cannot be opened; of two, the error's own names have to tell. */
function opening<T>({ backbone, side }: TuneOptions, work: () => T): T {
  return side === undefined ? ofModel(backbone, work) : work();
}

/** Likewise what cannot be trained: side-tuning trains the network at the side alone. */
function training<T>({ backbone, method, side }: TuneOptions, work: () => T): T {
  return ofModel(method === "side" ? (side ?? backbone) : backbone, work);
}

/** @throws {UserError} if a batch alone takes more memory than the machine has */
function requireRoom(sampleBytes: number, batch: number, { sample }: Kind): void {
  if (sampleBytes * batch <= totalmem()) return;
  const inMb = (bytes: number): string => Math.ceil(bytes / 1e6).toLocaleString("en");
  throw new UserError(
    `a batch of ${batch} ${sample}s takes ${inMb(sampleBytes * batch)} MB in the model, ${inMb(sampleBytes)} each, and this machine has ${inMb(totalmem())}; give a smaller --batch or --size`,
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
  const whole = await openModelFile(backbone);
  const config = await configOf(backbone);
  const inner = unserved(whole);
  const model = inner ? { ...inner.model, content: whole.content } : whole;
  return {
    path: backbone,
    model,
    unserved: inner,
    ...(config ? { config } : {}),
    files: {
      backbone: model,
      ...(config ? { config } : {}),
      ...(side === undefined ? {} : { side: await openModelFile(side) }),
    },
  };
}

/** Features of earlier runs on the same model, samples, reading and versions. */
function featureCache(
  options: TuneOptions,
  {
    files,
    network,
    reading,
    sets,
    computedBy,
  }: Pick<Prepared, "files" | "network" | "reading" | "sets" | "computedBy">,
): FeatureCache {
  const { method, batch, device, threads } = options;
  const { backbone, side } = files;
  const models = [backbone, ...(method === "side" ? [side ?? backbone] : [])].map((model) => model.content);
  // Two poolings of one value may be called alike; where features were found says which it is.
  const made = [format, computedBy, models, reading.identity, network.backbone.found];
  return {
    store: folderStore(join(options.cache, "features")),
    key(set, value) {
      const parts = [...made, sets[set].source.fingerprint, value, batch, device, threads];
      return `${sha256(JSON.stringify(parts))}.safetensors`;
    },
  };
}
