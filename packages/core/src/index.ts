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
} from "./engine.js";
export { ParameterBuffers, type BufferSpec } from "./parameter-buffers.js";
export { Trainer, type StepResult, type TrainerState } from "./trainer.js";
export { DivergedError } from "./errors.js";
export { epochOrder, normals, random, shuffle, type Random } from "./random.js";
export { rateFactor, scheduleKinds, type Schedule, type ScheduleKind } from "./schedule.js";

// The backbone, cut at its features; heads to put on it.
export { openBackbone, type Backbone, type BackboneOptions } from "./backbone.js";
export type { PixelOptions, Size } from "./backbone-input.js";
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
export { findBlocks, mergeWeights, splitBackbone, type Block, type SplitBackbone } from "./partial-backbone/index.js";
export { copyWeights, withWeights, withWeightsAsInputs, type Weights } from "./weights.js";

// Data and what the network says of it.
export { imagesInMemory, type Images } from "./images.js";
export { imageInputs, type Inputs } from "./inputs.js";
export { augmentations, augmented, type Augmentation } from "./augmentation/index.js";
export { balancedWeights } from "./class-weights.js";
export { extractFeatures, type ExtractOptions } from "./features.js";
export { predict, type Predictions } from "./evaluate.js";

// Head probing, and its measures.
export { probeNetwork, type NetworkOptions, type ProbeNetwork } from "./probe-network.js";
export { probe, type ProbeOptions } from "./probe.js";
export type { LabelledFeatures, ProbeStop } from "./probe-stop.js";
export { compareTaus, measuredTaus, spread, stepOf, type Tau } from "./taus.js";
export type { Convergence } from "./converge.js";
export { minimize, type EndReason, type MinimizeOptions, type Minimum, type Objective } from "./lbfgs.js";
export { accuracy, argmax, countCorrect, crossEntropyLoss, energy, hitsOf, softmax } from "./energy.js";

// Fine-tuning, and how far it moved the features.
export {
  finetune,
  type FinetuneOptions,
  type FinetuneResult,
  type FinetuneStep,
  type Interrupted,
} from "./finetune.js";
export type { FrozenPart, TrainingSetup } from "./training-setup.js";
export {
  bestSoFar,
  type EpochMetrics,
  type FinetuneCheckpoint,
  type Progress,
  type RunIdentity,
} from "./checkpoint.js";
export { pickRate, rangeTest, type RangeTest, type RangeTestOptions } from "./range-test.js";
export { adaptation, meanNorm, meanSquareNorm, type Adaptation } from "./adaptation.js";
export { calibration, fitTemperature, type Calibration, type ReliabilityBin } from "./calibration.js";
export { projectFeatures, type Projection } from "./projection.js";

// Baselines and variations: what is trained, and how fast.
export { adapt, methods, type Method, type MethodName } from "./methods.js";
export { layerDepths, layerRates, type LayerRateOptions } from "./layer-rates.js";
export { inSide, outOfSide, sideAlpha, sideTuned } from "./side-tuning.js";
export { freezeUntil, splitFrozen, type FrozenSplit } from "./frozen.js";
export { decomposeStep, type Decomposition, type DecompositionOptions } from "./decomposition.js";
export { trainBatchNorms, type BatchNormTraining } from "./batchnorm.js";

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
} from "./halving.js";
export { meanAndSpread, pairedDifference, studentQuantile95, type Difference } from "./seed-statistics.js";

// What will happen, what it means, and what to try next.
export {
  extrapolate,
  forecast,
  scoreForecasts,
  type Forecast,
  type ForecastOptions,
  type ForecastScore,
  type RolloutPoint,
} from "./forecast.js";
export * from "./guide/index.js";
export { spearman } from "./rank-correlation.js";

// A file to serve.
export { exportModel, type ExportOptions } from "./export.js";

// The linear model, where all of this can be computed exactly.
export * as theory from "./theory/index.js";
