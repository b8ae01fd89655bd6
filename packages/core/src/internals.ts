/** The rest of the house, in the order in which to read it: for tools built on the method. It may change with any version. */

export * from "./index.js";

// engine/
export { Breather } from "./engine/breather.js";
export { executionProvider, type OnnxRuntime } from "./engine/create-engine.js";
export { threadsFor, type ElementData } from "./engine/engine.js";
export { isOutOfMemory, RuntimeError } from "./engine/errors.js";
export type { Feeds, Session } from "./engine/session.js";
export { dialectOf, isProcessor } from "./engine/device.js";
export { lackOf } from "./engine/find-device.js";
export { operatorCosts, type OperatorCost, type ProfileEvent } from "./engine/profile.js";
export { HostState } from "./engine/host-state.js";
export type { BufferSpec, State } from "./engine/state.js";
export { Trainer, type StepResult, type TrainerState } from "./engine/trainer.js";
export { withSession } from "./engine/with-session.js";
export { copyWeights, withWeights, withWeightsAsInputs, type Weights } from "./engine/weights.js";

// data/
export { sha256 } from "./data/checksum.js";
export { joinedBytes } from "./data/joined-bytes.js";
export { DataError } from "./data/errors.js";
export { epochOrder, normals, random, shuffle, type Random } from "./data/random.js";
export { rows, type CachedValues, type CacheSpace } from "./data/cached-values.js";
export { runSamples, type RunOptions as RunSamplesOptions } from "./data/run-samples.js";
export type { Groups } from "./data/deal-groups.js";
export type { Content, Duplicates, Overlap, Pairs, Repeats, SetName } from "./data/duplicates.js";
export { inOrder, upTo } from "./data/samples.js";
export { linkedGroups } from "./data/deal-groups.js";
export { foldsOf, stratifiedSplit, type Split } from "./data/split.js";
export { pickTargets, targetCount, targetTensor, unitCount, unitsOf } from "./data/targets.js";

// objectives/
export { answerOf, byProbability, type Answer, type Likely } from "./objectives/answer.js";
export { asTargets, type Target } from "./objectives/as-targets.js";
export { balancedWeights } from "./objectives/class-weights.js";
export { energyOf } from "./objectives/energy.js";
export { argmax, sigmoid, softmax } from "./objectives/logits.js";
export { rocAuc } from "./objectives/roc-auc.js";
export { entitiesIn, tagScheme, type Entity, type TagScheme } from "./objectives/entities.js";
export { explained } from "./objectives/regression.js";
export { requireScore } from "./objectives/require-targets.js";
export type {
  LossOptions,
  Measured,
  Metric,
  ObjectiveName,
  Outputs,
  Scale,
  Score,
  Tally,
} from "./objectives/objective.js";

// measures/
export { adaptation, boundFactor, meanNorm, meanSquareNorm, type Adaptation } from "./measures/adaptation.js";
export { calibration, type Calibration, type ReliabilityBin } from "./measures/calibration.js";
export { linearCka } from "./measures/cka.js";
export { doubtfulLabels, type DoubtfulLabel } from "./measures/doubtful-labels.js";
export { hardestSamples, type HardSample } from "./measures/hardest.js";
export { projectFeatures, projectTogether, shownSamples, type Places, type Projection } from "./measures/projection.js";
export type { Temperature } from "./measures/temperature.js";
export { hardlyMoved, peakOverEnergy, peakOverSeeds, signTest, type MeasuredRun, type Peak } from "./measures/peak.js";
export { twoLines, type TwoLines } from "./measures/two-lines.js";
export { spearman } from "./measures/rank-correlation.js";
export { meanAndSpread, studentQuantile95 } from "./measures/seed-statistics.js";
export * from "./measures/intervals.js";

// backbone/
export { onlyInput, type BackboneInput } from "./backbone/backbone.js";
export { trainBatchNorms, type BatchNormTraining } from "./backbone/batchnorm.js";
export { findBlocks, type Block } from "./backbone/blocks.js";
export { extractFeatures } from "./backbone/features.js";
export { bitFit } from "./backbone/bitfit.js";
export { mergeLora, withLora, type LoraOptions } from "./backbone/lora.js";
export { freezeUntil, splitFrozen, type FrozenSplit } from "./backbone/frozen.js";
export { typedInputs } from "./backbone/codes.js";
export type { PreparedInput, ServedBatch, ServedTask, TypedInput } from "./backbone/modality.js";
export type { Pooling } from "./backbone/pool.js";
export { poolingNames, type PoolingName } from "./backbone/pooling-names.js";
export type { UsualFeatures } from "./backbone/poolings.js";
export { inSide, outOfSide, sideAlpha, sideTuned } from "./backbone/side-tuning.js";
export { mergeWeights, splitBackbone, type SplitBackbone } from "./backbone/split.js";

// heads/
export {
  describeStart,
  headAlone,
  headNorm,
  headStartFor,
  startOptions,
  startSentence,
  withBlocks,
  withHead,
  type Activation,
  type FoundStart,
  type HeadStart,
  type LinearOptions,
  type Mask,
  type MlpOptions,
} from "./heads/index.js";

// probe/
export type { Convergence } from "./probe/converge.js";
export { minimize, type EndReason, type MinimizeOptions, type Minimum, type SmoothFunction } from "./probe/lbfgs.js";
export { outOfFold, type OutOfFold, type OutOfFoldOptions } from "./probe/out-of-fold.js";
export { crossProbe, type CrossProbed, type CrossProbeOptions } from "./probe/cross-probe.js";
export { probeCached, type CachedProbeOptions } from "./probe/probe-cached.js";
export { probeNetwork, type NetworkOptions, type ProbeNetwork } from "./probe/probe-network.js";
export { hardMapsKey, likeliestClasses, mostMaps } from "./tune/hard-maps.js";
export { ignored } from "./data/targets.js";
export { hardestMaps } from "./measures/hardest.js";
export { KeepingMeter, metered, meterOf } from "./objectives/meter.js";
export type { MapScores, Meter } from "./objectives/objective.js";
export type { CachedSet } from "./probe/probe-evaluation.js";
export { dialWays, type Dial, type DialWay } from "./probe/dial-ways.js";
export {
  compareTaus,
  energyAsked,
  isDialled,
  isOptimum,
  measuredTaus,
  nameOfStart,
  optima,
  sharesOfEnergy,
  spread,
  stepOf,
  tauKey,
  type Dialled,
  type Optimum,
} from "./probe/taus.js";

// finetune/
export { bestSoFar, type FinetuneCheckpoint, type Progress, type RunIdentity } from "./finetune/checkpoint.js";
export type { FinetuneStep, RunOptions } from "./finetune/options.js";
export { finetuneOrPause, totalSteps } from "./finetune/run.js";
export { aroundStart, type StartingPoint } from "./finetune/around-start.js";
export { feedsInParts, type StepFeeds } from "./finetune/step-feeds.js";
export { unfreezing, type UnfreezingOptions } from "./finetune/unfreezing.js";
export { layerDepths, layerRates, type LayerRateOptions } from "./finetune/layer-rates.js";
export { adapt } from "./finetune/adapt.js";
export { methods, type Method, type MethodName } from "./finetune/methods.js";
export { predict, type Predictions } from "./finetune/predict.js";
export { pickRate, rangeTest, type RangeTest, type RangeTestOptions } from "./finetune/range-test.js";
export { searchRate, type RateSearch } from "./finetune/rate.js";
export { rateFactor, scheduleKinds, type Schedule, type ScheduleKind } from "./finetune/schedule.js";
export { createTrainer, type FrozenPart, type Training, type TrainingOptions } from "./finetune/training-setup.js";

// explain/
export { layerMovement, type BlockMovement, type LayerMovementOptions, type Moved } from "./explain/layer-movement.js";
export { decomposeStep, type Decomposition, type DecompositionOptions } from "./explain/decomposition.js";
export {
  extrapolate,
  forecast,
  scoreForecasts,
  type Forecast,
  type ForecastOptions,
  type ForecastScore,
  type RolloutPoint,
} from "./explain/forecast.js";

// guide/
export * from "./guide/index.js";

// tune/
export {
  bestWithin,
  epochsLeft,
  rungs,
  successiveHalving,
  survivors,
  type Ended,
  type HalvingOptions,
  type Standing,
} from "./tune/halving.js";
export type * from "./tune/results.js";
export { claim, firstDifference, format, runOf, type Configuration } from "./tune/configuration.js";
export { DamagedError, UnsealedError } from "./tune/errors.js";
export {
  objectiveOf,
  openData,
  outputWeights,
  summaryOf,
  type FeatureCache,
  type Job,
  type Spill,
  type JobData,
  type TuneSets,
} from "./tune/job.js";
export { dataNotes } from "./tune/data-notes.js";
export { labelsToCheck } from "./tune/labels.js";
export { reviewData } from "./tune/review.js";
export { modelOf, type ModelFile } from "./tune/model-file.js";
export { placesOf } from "./tune/places.js";
export { requirePrecision } from "./tune/require-precision.js";
export { openNetwork, requireTrainable, type Network, type NetworkFiles } from "./tune/network.js";
export { probedKey, probedResults } from "./tune/probed-results.js";
export { pointOf, probing, type Probed } from "./tune/probing.js";
export { beginTask, warn, Search, type OnProgress, type Task, unlessDamaged } from "./tune/progress.js";
export { learningRateOf } from "./tune/rate.js";
export {
  decodeSafetensors,
  encodeSafetensors,
  type Safetensors,
  type SafetensorsEntry,
  type SafetensorsType,
} from "./tune/store/safetensors.js";
export { openJson, type Place } from "./tune/store/seal.js";
export {
  readJson,
  readTensors,
  requireKey,
  RunStore,
  writeJson,
  writeTensors,
  writeText,
  type StoredWeights,
} from "./tune/store/store.js";
export type { Follower } from "./tune/follower.js";
export { readTrace, type Trace, type TracedStep } from "./tune/trace.js";
export { trainingOptions } from "./tune/training-options.js";
export { bestWeights, localTrials, type RunTrial, type TrialResult, type TrialSpec } from "./tune/trial.js";
export { refitJob } from "./tune/folds/refit.js";
export type { FoldRun } from "./tune/folds/folds.js";
export { bestOf, openJob, tuneJob } from "./tune/tune.js";
export { resultsByOutput } from "./tune/results-by-output.js";
export { scoreWinner, type Winner } from "./tune/winner.js";

// images/
export { channelsFirst } from "./images/channels-last.js";
export { augmentations, augmented, type Augmentation } from "./images/augmentation/index.js";
export type { PixelOptions } from "./images/input.js";
export { imageSamples } from "./images/samples.js";
export { pickImages } from "./images/images.js";
export type { ImageOptions } from "./images/modality.js";
export { imagenet, likeliest, usualNormalisations, type Normalisation } from "./images/normalisations.js";
export { ownRange } from "./images/own-normalisation.js";
export {
  outputSize,
  plainPreprocessing,
  squareSize,
  withOptions,
  type Interpolation,
  type Preprocessing,
  type PreprocessingOptions,
  type Size,
  type Triple,
} from "./images/preprocessing.js";
export { createResizer, resizeModel, resizeNodes, type ResizeImage } from "./images/resize.js";
export { modelFolderFiles, servedInput, servedModel } from "./images/served.js";
export { unserved, type Geometry, type Unserved } from "./images/unserved.js";

// text/
export { maxLengthOf, type MaxLength } from "./text/max-length.js";
export { pretrainedPooling, type PretrainedPooling } from "./text/pooling.js";
export { mostTokens, textSamples } from "./text/samples.js";
export { textFolderFiles } from "./text/served.js";
export { lengthsOf, type Lengths } from "./measures/lengths.js";
export { inputNames, lackedToken, lengthOf, pickTexts, textTensors, tokenBeyond } from "./text/texts.js";
export type { Encoded, Padding } from "./text/tokenizer.js";
export { encodeWords, type EncodedWords } from "./text/words.js";

// graphs/
export { edgesOf, nodesOf, pickGraphs, requireGraphs } from "./graphs/graphs.js";
export { toldGraphs } from "./graphs/input.js";
export { graphInputs, graphRoles, type GraphInputs, type GraphRole, type NamedInputs } from "./graphs/inputs.js";
export { bounded as boundedGraphs, graphSamples, mostOfBatch, usualInputs } from "./graphs/samples.js";
export { featuriserOf, graphFolderFiles, type Featuriser } from "./graphs/served.js";
export { graphTensors } from "./graphs/tensors.js";
