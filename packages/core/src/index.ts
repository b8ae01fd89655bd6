/**
 * The method: prepare a task head by probing, then fine-tune. Read in this order.
 */

// The engine: ONNX Runtime, and the tensors a training step reads and writes.
export {
  createEngine,
  type ElementData,
  type Engine,
  type EngineOptions,
  type OnnxRuntime,
  type Session,
} from "./engine/engine.js";
export { ParameterBuffers, type BufferSpec } from "./engine/parameter-buffers.js";
export { Trainer, type StepResult, type TrainerState } from "./engine/trainer.js";
export { DivergedError } from "./engine/errors.js";
export { epochOrder, normals, random, shuffle, type Random } from "./data/random.js";
export { rateFactor, scheduleKinds, type Schedule, type ScheduleKind } from "./finetune/schedule.js";

// The backbone, cut at its features; heads to put on it.
export { openBackbone, type Backbone, type BackboneOptions } from "./backbone/backbone.js";
export type { PixelOptions, Size } from "./backbone/backbone-input.js";
export {
  headAlone,
  headNorm,
  linearHead,
  mlpHead,
  withHead,
  type Activation,
  type Head,
  type Mask,
  type MlpOptions,
} from "./heads/index.js";
export {
  findBlocks,
  mergeWeights,
  splitBackbone,
  type Block,
  type SplitBackbone,
} from "./backbone/partial-backbone.js";
export { copyWeights, withWeights, withWeightsAsInputs, type Weights } from "./engine/weights.js";

// Data and what the network says of it.
export { imagesInMemory, type Images } from "./images/images.js";
export { imageInputs, type Inputs } from "./data/inputs.js";
export { augmentations, augmented, type Augmentation } from "./images/augmentation/index.js";
export { balancedWeights } from "./objectives/class-weights.js";
export { extractFeatures, type ExtractOptions } from "./backbone/features.js";
export { predict, type Predictions } from "./finetune/evaluate.js";

// Head probing, and its measures.
export { probeNetwork, type NetworkOptions, type ProbeNetwork } from "./probe/probe-network.js";
export { probe, type ProbeOptions } from "./probe/probe.js";
export type { LabelledFeatures, ProbeStop } from "./probe/probe-stop.js";
export { compareTaus, measuredTaus, spread, stepOf, type Tau } from "./probe/taus.js";
export type { Convergence } from "./probe/converge.js";
export {
  minimize,
  type EndReason,
  type MinimizeOptions,
  type Minimum,
  type Objective as SmoothFunction,
} from "./probe/lbfgs.js";
export { accuracy, argmax, countCorrect, crossEntropyLoss, energy, hitsOf, softmax } from "./objectives/energy.js";

// Fine-tuning, and how far it moved the features.
export {
  finetune,
  type FinetuneOptions,
  type FinetuneResult,
  type FinetuneStep,
  type Interrupted,
} from "./finetune/finetune.js";
export type { FrozenPart, TrainingSetup } from "./finetune/training-setup.js";
export {
  bestSoFar,
  type EpochMetrics,
  type FinetuneCheckpoint,
  type Progress,
  type RunIdentity,
} from "./finetune/checkpoint.js";
export { pickRate, rangeTest, type RangeTest, type RangeTestOptions } from "./finetune/range-test.js";
export { adaptation, meanNorm, meanSquareNorm, type Adaptation } from "./measures/adaptation.js";
export { calibration, fitTemperature, type Calibration, type ReliabilityBin } from "./measures/calibration.js";
export { projectFeatures, type Projection } from "./measures/projection.js";

// Baselines and variations: what is trained, and how fast.
export { adapt, methods, type Method, type MethodName } from "./finetune/methods.js";
export { layerDepths, layerRates, type LayerRateOptions } from "./finetune/layer-rates.js";
export { inSide, outOfSide, sideAlpha, sideTuned } from "./backbone/side-tuning.js";
export { freezeUntil, splitFrozen, type FrozenSplit } from "./backbone/frozen.js";
export { decomposeStep, type Decomposition, type DecompositionOptions } from "./explain/decomposition.js";
export { trainBatchNorms, type BatchNormTraining } from "./backbone/batchnorm.js";

// Many candidates: who trains on, and what seeds say of them.
export {
  bestOfEach,
  bestWithin,
  halfAndEnd,
  rungs,
  successiveHalving,
  survivors,
  type Ended,
  type HalvingOptions,
  type Standing,
} from "./tune/halving.js";
export { meanAndSpread, studentQuantile95 } from "./measures/seed-statistics.js";
export {
  accuracyError,
  compareScores,
  independentSamples,
  isAccuracy,
  overSeeds,
  pairedContributions,
  pairedHits,
  scoreError,
  verdictOf,
  type Difference,
  type Interval,
  type Measurement,
  type Scored,
  type Verdict,
} from "./measures/intervals.js";

// What will happen, what it means, and what to try next.
export {
  extrapolate,
  forecast,
  scoreForecasts,
  type Forecast,
  type ForecastOptions,
  type ForecastScore,
  type RolloutPoint,
} from "./explain/forecast.js";
export * from "./guide/index.js";
export { spearman } from "./measures/rank-correlation.js";

// A file to serve.
export { exportModel, type ExportOptions } from "./finetune/export.js";

// The linear model, where all of this can be computed exactly.
export * as theory from "./theory/index.js";

// What a tuning found.
export type * from "./tune/results.js";
export type { Measured, Metric, Objective, ObjectiveName, Outputs, Score } from "./objectives/objective.js";
export { classTargets, numberTargets, type Targets } from "./data/targets.js";
