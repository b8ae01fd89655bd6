/**
 * What the command, the studio and the benchmarks take of the house besides the public API, in the order in which to read
 * it. It may change with any version.
 */

export * from "./index.js";

// engine/
export { Breather } from "./engine/breather.js";
export { executionProvider, type OnnxRuntime } from "./engine/create-engine.js";
export { isOutOfMemory, RuntimeError } from "./engine/errors.js";
export { lackOf } from "./engine/find-device.js";
export { operatorCosts, type ProfileEvent } from "./engine/profile.js";
export type { Feeds } from "./engine/session.js";
export { Trainer } from "./engine/trainer.js";
export { withWeights, type Weights } from "./engine/weights.js";
export { withSession } from "./engine/with-session.js";

// data/
export { rows } from "./data/cached-values.js";
export { sha256 } from "./data/checksum.js";
export { linkedGroups, type Groups } from "./data/deal-groups.js";
export type { Content } from "./data/duplicates.js";
export { DataError } from "./given/errors.js";
export { hearing } from "./given/hearing.js";
export { joinedBytes } from "./data/joined-bytes.js";
export { epochOrder, normals, random, shuffle, type Random } from "./data/random.js";
export { runSamples } from "./data/run-samples.js";
export { inOrder, upTo } from "./data/samples.js";
export { foldsOf, type Split } from "./data/split.js";
export { ignored, pickTargets, targetCount, targetTensor, unitsOf } from "./data/targets.js";

// objectives/
export { answerOf, byProbability, type Answer } from "./objectives/answer.js";
export { asTargets, type Target } from "./objectives/as-targets.js";
export { entitiesIn, tagScheme } from "./objectives/entities.js";
export { softmax } from "./objectives/logits.js";
export { metered, meterOf } from "./objectives/meter.js";
export type { Meter, Metric, ObjectiveName } from "./objectives/objective.js";
export { explained } from "./objectives/regression.js";
export { requireScore } from "./objectives/require-targets.js";
export { rocAuc } from "./objectives/roc-auc.js";

// measures/
export { meanNorm, type Adaptation } from "./measures/adaptation.js";
export { calibration, type Calibration } from "./measures/calibration.js";
export { hardestMaps, hardestSamples, type HardSample } from "./measures/hardest.js";
export {
  compareScores,
  isAccuracy,
  overSeeds,
  scoreError,
  scoreInterval,
  standardError,
  verdictOf,
  type Difference,
  type Measurement,
  type Scored,
  type Verdict,
} from "./measures/intervals.js";
export { lengthsOf, type Lengths } from "./measures/lengths.js";
export { hardlyMoved, peakOverEnergy, peakOverSeeds, type Peak } from "./measures/peak.js";
export { projectTogether, shownSamples } from "./measures/projection.js";
export { spearman } from "./measures/rank-correlation.js";
export { meanAndSpread } from "./measures/seed-statistics.js";

// backbone/
export { findBlocks } from "./backbone/blocks.js";
export { typedInputs } from "./backbone/codes.js";
export { extractFeatures } from "./backbone/features.js";
export type { TypedInput } from "./backbone/modality.js";

// heads/
export { describeStart, headStartFor, startOptions, startSentence, withHead, type FoundStart } from "./heads/index.js";

// probe/
export type { Convergence } from "./probe/converge.js";
export { crossProbe, type CrossProbed } from "./probe/cross-probe.js";
export type { Dial, DialWay } from "./probe/dial-ways.js";
export { probeCached } from "./probe/probe-cached.js";
export {
  compareTaus,
  energyAsked,
  isDialled,
  isOptimum,
  nameOfStart,
  optima,
  sharesOfEnergy,
  spread,
  tauKey,
  type Dialled,
  type Optimum,
} from "./probe/taus.js";

// finetune/
export { methods, type Method, type MethodName } from "./finetune/methods.js";
export type { RangeTest } from "./finetune/range-test.js";
export { feedsInParts } from "./finetune/step-feeds.js";
export { createTrainer } from "./finetune/training-setup.js";

// explain/
export { decomposeStep, type Decomposition, type DecompositionOptions } from "./explain/decomposition.js";
export { forecast, scoreForecasts } from "./explain/forecast.js";
export type { Moved } from "./explain/layer-movement.js";

// guide/
export type {
  Action,
  Advice,
  AdviceOf,
  Asked,
  Behind,
  Part,
  ProbedAndTuned,
  Regime,
  RuleId,
  RunEvidence,
  TemperatureEvidence,
} from "./guide/index.js";

// tune/
export { claim, firstDifference, format, runOf, type Configuration } from "./tune/configuration.js";
export { dataNotes } from "./tune/data-notes.js";
export { DamagedError, UnsealedError } from "./tune/errors.js";
export type { Follower } from "./tune/follower.js";
export { bestWithin, epochsLeft, rungs, successiveHalving } from "./tune/halving.js";
export { hardMapsKey, likeliestClasses } from "./tune/hard-maps.js";
export {
  objectiveOf,
  openData,
  outputWeights,
  summaryOf,
  type FeatureCache,
  type Job,
  type JobData,
  type TuneSets,
} from "./tune/job.js";
export { labelsToCheck } from "./tune/labels.js";
export { openNetwork, requireTrainable, type Network, type NetworkFiles } from "./tune/network.js";
export { placesOf } from "./tune/places.js";
export { probedKey, probedResults } from "./tune/probed-results.js";
export { pointOf, probing, type Probed } from "./tune/probing.js";
export { beginTask, Search, unlessDamaged, warn, type OnProgress } from "./tune/progress.js";
export { learningRateOf } from "./tune/rate.js";
export { requirePrecision } from "./tune/require-precision.js";
export { resultsByOutput } from "./tune/results-by-output.js";
export type {
  BackboneSummary,
  BestCalibration,
  BestRun,
  Blend,
  Blends,
  BlendScores,
  CalibrationPair,
  ClassResult,
  DataSummary,
  EpochRow,
  ExportedFile,
  FoldsRow,
  FoldsSummary,
  LabelsToCheck,
  LayerResult,
  OodScore,
  Origin,
  OutputResult,
  ProbingPoint,
  SetSummary,
} from "./tune/results.js";
export { reviewData } from "./tune/review.js";
export { readTrace, type Trace } from "./tune/trace.js";
export { trainingOptions } from "./tune/training-options.js";
export { openJob, tuneJob } from "./tune/tune.js";
export { scoreWinner } from "./tune/winner.js";
export type { FoldRun } from "./tune/folds/folds.js";
export { refitJob } from "./tune/folds/refit.js";
export { decodeSafetensors, encodeSafetensors, type SafetensorsEntry } from "./tune/store/safetensors.js";
export { openJson } from "./tune/store/seal.js";
export { readJson, readTensors, requireKey, RunStore, writeJson, writeTensors, writeText } from "./tune/store/store.js";
export { bestWeights } from "./tune/trial/files.js";
export type { RunTrial, TrialSpec } from "./tune/trial/spec.js";
export { localTrials } from "./tune/trial/trial.js";

// images/
export { channelsFirst } from "./images/channels-last.js";
export { fixedSize } from "./images/fixed-size.js";
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
export { createResizer, type ResizeImage } from "./images/resize.js";
export { imageSamples } from "./images/samples.js";
export { modelFolderFiles, servedInput, servedModel } from "./images/served.js";
export { unserved, type Unserved } from "./images/unserved.js";
export { augmentations, type Augmentation } from "./images/augmentation/index.js";

// text/
export { textSamples } from "./text/samples.js";
export { lackedToken, lengthOf, pickTexts, textTensors, tokenBeyond } from "./text/texts.js";
export type { Encoded } from "./text/tokenizer.js";
export { encodeWords } from "./text/words.js";

// graphs/
export { pickGraphs, requireGraphs } from "./graphs/graphs.js";
export { toldGraphs } from "./graphs/input.js";
export { graphInputs, graphRoles, type GraphInputs, type GraphRole, type NamedInputs } from "./graphs/inputs.js";
export { graphSamples } from "./graphs/samples.js";
export { featuriserOf } from "./graphs/served.js";
export { graphTensors } from "./graphs/tensors.js";
