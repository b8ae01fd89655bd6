/**
 * The method: prepare a task head by probing, then fine-tune. What a program needs; what our other
 * packages need besides is `@taskhead/core/internals`.
 */

// An ONNX Runtime to run on, and a pretrained network up to its features.
export { createEngine, type EngineOptions, type OnnxRuntime } from "./engine/create-engine.js";
export { fastestDevice, findDevices, type FoundDevice } from "./engine/find-device.js";
export { devices, type Device } from "./engine/device.js";
export type { ElementData, Engine, SessionOptions } from "./engine/engine.js";
export type { Feeds, Session } from "./engine/session.js";
export type { State } from "./engine/state.js";
export type { Weights } from "./engine/weights.js";
export { openBackbone, type Backbone, type BackboneInput, type BackboneOptions } from "./backbone/backbone.js";
export type { Modality, ModelNeeds, PreparedInput, ServedBatch, ServedTask, TypedInput } from "./backbone/modality.js";
export type { Pooling } from "./backbone/pool.js";
export type { PoolingName } from "./backbone/pooling-names.js";

// Data of one's own: samples with their targets, and what is to be learned of them.
export { arraySamples, samplesOf, selected, type ArrayInput, type Samples } from "./data/samples.js";
export type { CachedValues, CacheSpace } from "./data/cached-values.js";
export type { Groups } from "./data/deal-groups.js";
export type { Content } from "./data/duplicates.js";
export { DataError } from "./given/errors.js";
export { split, type Split } from "./data/split.js";
export { classTargets, numberTargets, unitTargets, type Targets } from "./data/targets.js";
export { images, type ImageOptions } from "./images/modality.js";
export type { PixelOptions } from "./images/input.js";
export type { Preprocessing, Size } from "./images/preprocessing.js";
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
export type { NamedInputs } from "./graphs/inputs.js";
export type { Featuriser } from "./graphs/served.js";
export type { Graphs } from "./graphs/graphs.js";
export type { ClassMetric } from "./objectives/class-metrics.js";
export { classification } from "./objectives/classification.js";
export { multiLabel } from "./objectives/multi-label.js";
export { tokenClassification } from "./objectives/token-classification.js";
export { segmentation } from "./objectives/segmentation.js";
export { regression, scaleOf, standardised, type RegressionOptions } from "./objectives/regression.js";
export type {
  KindScore,
  LossOptions,
  MapScores,
  Measured,
  Meter,
  Metric,
  Objective,
  ObjectiveName,
  Outputs,
  OutputScore,
  Scale,
  Score,
  Tally,
} from "./objectives/objective.js";

// Prepare the head, fine-tune, and see how far the features moved.
export type { Data } from "./probe/data.js";
export { probe, type ProbeOptions, type Probing } from "./probe/probe.js";
export type { Convergence } from "./probe/converge.js";
export { UnreachableEnergyError, type DialOptions } from "./probe/dial.js";
export type { Dial, DialWay } from "./probe/dial-ways.js";
export type { ProbeStop } from "./probe/probe-stop.js";
export type { Tau } from "./probe/taus.js";
export type { Head } from "./heads/index.js";
export { linearHead, type LinearOptions } from "./heads/linear.js";
export { mlpHead, type MlpOptions } from "./heads/mlp.js";
export { denseHead } from "./heads/dense.js";
export type { EpochMetrics, FinetuneCheckpoint } from "./finetune/checkpoint.js";
export type { RunStart } from "./finetune/collapse.js";
export { finetune } from "./finetune/finetune.js";
export type { FinetuneOptions, FinetuneResult, FinetuneStep } from "./finetune/options.js";
export type { Schedule } from "./finetune/schedule.js";
export type { FrozenPart } from "./finetune/training-setup.js";
export type { Adaptation } from "./measures/adaptation.js";
export { DivergedError, RuntimeError } from "./engine/errors.js";
export { exportModel } from "./finetune/export.js";

// The whole job: taus, rate, winner and export, kept in a store.
export type { TuneInput } from "./tune/input.js";
export { tune } from "./tune/tune.js";
export { memoryStore, type MemoryStore, type Store } from "./tune/store/store.js";
export type { FeatureCache, Spill, TuneSet, TuneSets } from "./tune/job.js";
export type { ModelFile } from "./tune/model-file.js";
export type { TuneEvent } from "./tune/progress.js";
export { SettingError, type Settings } from "./tune/settings/index.js";
export { exportedModel } from "./tune/model-folder.js";
export type {
  BackboneSummary,
  BestRun,
  DataSummary,
  EpochRow,
  LabelsToCheck,
  ProbingPoint,
  SetSummary,
  TuneResults,
  TuneRow,
} from "./tune/results.js";
export { ownSamples } from "./backbone/modality.js";

// What it means, and what to try next; the linear model, where all of this can be computed exactly.
export { guide, type Action, type Advice, type Evidence, type Guide, type Regime } from "./guide/index.js";
export * as theory from "./theory/index.js";
