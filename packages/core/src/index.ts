/**
 * The method: prepare a task head by probing, then fine-tune. What a program needs; what our other
 * packages need besides is `@taskhead/core/internals`.
 */

// An ONNX Runtime to run on, and a pretrained network up to its features.
export { createEngine, type EngineOptions } from "./engine/create-engine.js";
export { fastestDevice, findDevices, type FoundDevice } from "./engine/find-device.js";
export { devices, type Device } from "./engine/device.js";
export type { Engine } from "./engine/engine.js";
export { openBackbone, type Backbone, type BackboneOptions } from "./backbone/backbone.js";
export type { Modality } from "./backbone/modality.js";

// Data of one's own: samples with their targets, and what is to be learned of them.
export { arraySamples, samplesOf, selected, type ArrayInput, type Samples } from "./data/samples.js";
export type { CachedValues, CacheSpace } from "./data/cached-values.js";
export { split } from "./data/split.js";
export { classTargets, numberTargets, unitTargets, type Targets } from "./data/targets.js";
export { images } from "./images/modality.js";
export { maskedImages, type DenseOptions } from "./dense/modality.js";
export { imagesInMemory, type Images } from "./images/images.js";
export { texts, type TextOptions } from "./text/modality.js";
export {
  tokenize,
  tokenizeWords,
  type TaggedWords,
  type Text,
  type Tokenized,
  type TokenizedWords,
  type Tokenizing,
} from "./text/tokenize.js";
export { openTokenizer, type Tokenizer, type TokenizerOptions } from "./text/tokenizer.js";
export { textFiles, type TextFiles } from "./text/files.js";
export type { Texts } from "./text/texts.js";
export { graphs, type GraphOptions } from "./graphs/modality.js";
export type { Graphs } from "./graphs/graphs.js";
export { classification } from "./objectives/classification.js";
export { multiLabel } from "./objectives/multi-label.js";
export { tokenClassification } from "./objectives/token-classification.js";
export { segmentation } from "./objectives/segmentation.js";
export { regression, scaleOf, standardised } from "./objectives/regression.js";
export type { Objective } from "./objectives/objective.js";

// Prepare the head, fine-tune, and see how far the features moved.
export type { Data } from "./probe/data.js";
export { probe, type ProbeOptions, type Probing } from "./probe/probe.js";
export { UnreachableEnergyError, type DialOptions } from "./probe/dial.js";
export type { ProbeStop } from "./probe/probe-stop.js";
export type { Tau } from "./probe/taus.js";
export type { Head } from "./heads/index.js";
export { linearHead } from "./heads/linear.js";
export { mlpHead } from "./heads/mlp.js";
export { denseHead } from "./heads/dense.js";
export type { EpochMetrics } from "./finetune/checkpoint.js";
export { finetune } from "./finetune/finetune.js";
export type { FinetuneOptions, FinetuneResult } from "./finetune/options.js";
export { DivergedError } from "./engine/errors.js";
export { exportModel } from "./finetune/export.js";

// The whole job: taus, rate, winner and export, kept in a store.
export { tune, type TuneInput } from "./tune/tune.js";
export { memoryStore, type MemoryStore, type Store } from "./tune/store/store.js";
export type { Spill, TuneSet } from "./tune/job.js";
export type { TuneEvent } from "./tune/progress.js";
export { SettingError, type Settings } from "./tune/settings/index.js";
export { exportedModel } from "./tune/model-folder.js";
export type { TuneResults, TuneRow } from "./tune/results.js";
export { ownSamples } from "./backbone/modality.js";

// What it means, and what to try next; the linear model, where all of this can be computed exactly.
export { guide, type Evidence, type Guide } from "./guide/index.js";
export * as theory from "./theory/index.js";
