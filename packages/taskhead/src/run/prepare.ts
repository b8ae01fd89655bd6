import { join } from "node:path";
import {
  format,
  openData,
  openNetwork,
  outputWeights,
  placesOf,
  requireTrainable,
  reviewData,
  type Configuration,
  type FeatureCache,
  type Job,
  type JobData,
  type Network,
} from "@taskhead/core/internals";
import type { Kind, LoadedSets, Marked, Reading } from "../data/kind.js";
import type { Listener } from "../data/listener.js";
import { UserError } from "../files/errors.js";
import { sha256 } from "../files/sha256.js";
import { namesHub } from "../options/hub-places.js";
import type { TuneOptions } from "../options/options.js";
import { cacheStore } from "../store/cache-store.js";
import { SpilledFeatures } from "../store/spilled-features.js";
import { seenSentences } from "./earlier-run.js";
import { opening, training, type JobModels } from "./job-models.js";
import { configurationOf, planJob, toldOf, type Plan, type RunOptions } from "./plan.js";
import type { OpenRun } from "./refusable.js";

/** A job on files. */
export interface Prepared extends Job<Marked> {
  readonly kind: Kind;
  readonly files: JobModels;
  /** The versions that compute it. */
  readonly computedBy: Configuration;
  /** How samples become numbers, and who says so. */
  readonly reading: Reading<Marked>;
  readonly sets: LoadedSets<Marked>;
}

/** What a sweep decides beyond the options of a run. */
interface Beyond {
  /** What decides the result besides the options, or instead. */
  readonly beyond?: Configuration;
  /** Of the runtime. */
  readonly threads?: number;
}

/**
 * Opens model, data and run folder: what can be refused is refused before the first sample is opened.
 * @param openRun the store of the run, made its own
 * @throws {UserError} on input that cannot be used
 */
export async function prepare(
  asked: RunOptions,
  listener: Listener,
  openRun: OpenRun,
  { beyond = {}, threads = asked.threads }: Beyond = {},
): Promise<Prepared> {
  const { onProgress, signal } = listener;
  if (namesHub({ ...asked }))
    throw new UserError(
      "options that name the Hugging Face hub are fetched by tune, and by the commands; call one of these",
    );
  const plan = await planJob(asked, listener, threads);
  const { options, engine, kind, found, files, computedBy, reading } = plan;
  const store = await openRun(options.out, configurationOf(plan, beyond));
  for (const text of toldOf(plan)) onProgress?.({ kind: "message", text });
  const spilled = new SpilledFeatures(join(options.cache, "features"));
  const sets = await loadSets(plan, spilled, listener);
  try {
    const { modality } = reading;
    const { outputs } = found.train;
    const data = await openData(engine, modality, sets, options, outputs, plan.network.whole.inputs);
    reviewData({ sets, modality, data, outputs, ...(onProgress ? { onProgress } : {}) });
    const network = await forSamples(plan.network, data, options, { files, modality });
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
  } catch (error) {
    await sets.close();
    throw error;
  }
}

/** Opens the samples, and says which of them an earlier run has seen. @param spilled is closed with them */
async function loadSets(
  { engine, kind, found, reading, options, earlier }: Plan,
  spilled: SpilledFeatures,
  listener: Listener,
): Promise<LoadedSets<Marked>> {
  // No fold's run sees what the last one is tested on.
  const tested = typeof options.fold === "number" ? { ...found, test: null, ood: [] } : found;
  const dividing = { ...options, ...(earlier?.sides ? { earlier: earlier.sides } : {}) };
  const loaded = await kind.load(engine, tested, reading, dividing, listener);
  for (const text of earlier ? seenSentences(earlier, loaded, kind) : [])
    listener.onProgress?.({ kind: "message", text });
  return {
    ...(options.fold === "all" ? answeredByFolds(loaded, options.folds!, kind) : loaded),
    async close() {
      spilled.close();
      await loaded.close();
    },
  };
}

/** Where all samples train, validation is what the folds' runs said of them: the same samples, which are no copies. */
function answeredByFolds<S>(sets: LoadedSets<S>, folds: number, { sample }: Kind): LoadedSets<S> {
  const path = `the training ${sample}s, each as answered by the one of ${folds} folds' runs that was not trained on it`;
  return { ...sets, validation: { source: sets.validation.source, summary: { path, skipped: 0 } } };
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
    store: cacheStore(options.cache, "features"),
    key(set, value) {
      const parts = [...made, sets[set].source.fingerprint, value, batch, device, threads];
      return `${sha256(JSON.stringify(parts))}.safetensors`;
    },
  };
}
