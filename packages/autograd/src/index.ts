/** Gradients of ONNX models, as ONNX models. */
export { GraphBuilder, type Operand, type Value } from "./builder.js";
export type { BuilderOptions, NodeOptions } from "./builder/growing-graph.js";
export { appendGradients, type LossInClosedForm } from "./append-gradients.js";
export { differentiate, type DifferentiateOptions } from "./differentiate.js";
export { ModelError, OutsizeError, UnsupportedError } from "./graph/errors.js";
export { normalizeByBatch, type Normalized } from "./lower/batch-statistics.js";
export { buildOn } from "./lower/build-on.js";
export type { DropoutMask } from "./lower/dropout.js";
export { forOldestRuntime, oldestRuntime } from "./lower/oldest-runtime.js";
export { inferShapes } from "./infer-shapes.js";
export type { InferContext, InferRule, KnownValue } from "./infer/context.js";
export type { EngineName } from "./engines.js";
export { leftToProcessor } from "./left-to-processor.js";
export type { GraphOptions, OperatorRules, Operators } from "./options.js";
export {
  Float,
  Floats,
  describe,
  floatAttribute,
  inputsOf,
  intAttribute,
  intsAttribute,
  renameGraph,
  renameNode,
  stringAttribute,
} from "./graph/model.js";
export type { Attribute, Graph, Model, Node, ValueInfo } from "./graph/model.js";
export { evaluateDim } from "./graph/dims.js";
export { dependencies, dependents, nodesFor, producers, uses, type Use } from "./graph/walk.js";
export { overwritable } from "./graph/overwritable.js";
export { withWeightsAsInputs } from "./graph/weights.js";
export { float32, int64, numbersOf, sizeOf, tensorOf } from "./graph/tensor.js";
export type { DataType, Dim, Shape, Tensor, TensorType, TypedArray } from "./graph/tensor.js";
export { protoOf } from "./io/data-types.js";
export { loadModel, type LoadOptions } from "./io/load.js";
export { leadsOutside, type ExternalData } from "./io/load-tensor.js";
export { writeModel, writeWithWeightsBeside, type WeightFile } from "./io/write.js";
export { addRowsApart } from "./passes/add-rows-apart.js";
export { addsRows } from "./passes/adds-rows.js";
export { blockChannels } from "./passes/block-channels.js";
export { foldBatchNormalization } from "./passes/fold-batch-normalization.js";
export { halfProducts } from "./passes/half-products.js";
export { inParts, type InParts } from "./passes/in-parts.js";
export { poolBeforeActivation } from "./passes/pool-before-activation.js";
export { withByteWeights, withHalfWeights } from "./passes/smaller-weights.js";
export { nchwc } from "./rules/blocked/layout.js";
export { gradientRule } from "./rules/index.js";
export type { Gradient, GradientRule, GradientRules, RuleContext } from "./rules/index.js";
export { isDifferentiable, operatorTable, supportedOperators, type SupportedOperator } from "./supported-operators.js";
export { trainableParameters } from "./parameters/trainable.js";
export { modelWarnings } from "./warnings.js";
export { biasesAndScales } from "./training/biases-and-scales.js";
export { clipByGlobalNorm } from "./training/clip.js";
export { binaryCrossEntropy, type BinaryCrossEntropyOptions } from "./training/losses/binary-cross-entropy.js";
export { crossEntropy, type CrossEntropyOptions } from "./training/losses/cross-entropy.js";
export { huber, type HuberOptions } from "./training/losses/huber.js";
export type { Loss, LossOptions } from "./training/losses/loss.js";
export { meanSquaredError } from "./training/losses/mean-squared-error.js";
export { squaredError } from "./training/losses/squared-error.js";
export { adamw, sgd, type Optimizer, type Update } from "./training/optimizers.js";
export type { Penalty } from "./training/penalty.js";
export { trainingLoop } from "./training/training-loop.js";
export { trainingStep, type TrainingStep, type TrainingStepOptions } from "./training/training-step.js";
