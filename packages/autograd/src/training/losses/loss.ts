import type { LossInClosedForm } from "../../append-gradients.js";
import type { GraphBuilder, Value } from "../../builder.js";
import { ModelError } from "../../graph/errors.js";
import { float32, int64 } from "../../graph/tensor.js";

/** Appends a loss to the graph of a model. What it needs besides the model's values comes in as new inputs. */
export interface Loss {
  /** The name of the logits in the model, for a loss of logits. */
  readonly logits?: string;
  /** @returns the loss, a scalar of shape [] */
  attach(b: GraphBuilder): Value | LossInClosedForm;
}

/** The loss in the graph, and from where to differentiate: appended, or already there under a name. */
export function attachLoss(b: GraphBuilder, loss: Loss | string): { loss: Value; from: Value | LossInClosedForm } {
  const attached = typeof loss === "string" ? b.resolve(loss) : loss.attach(b);
  return { loss: typeof attached === "string" ? attached : attached.loss, from: attached };
}

export interface LossOptions {
  /** The name of the logits, [batch, k, …]. */
  logits: string;
  /** Label smoothing ε: the targets are t = (1 − ε)·e_y + ε/k. Default 0. */
  smoothing?: number;
}

export interface CrossEntropyOptions extends LossOptions {
  /** w, a weight per class, [k]. Default: all 1. */
  classWeights?: readonly number[];
}

/**
 * Mean cross-entropy −mean Σ_c t_c · log softmax(q)_c over the batch (and over positions, for dense logits
 * [batch, k, …]), against the targets t = (1 − ε)·e_y + ε/k, where ε is `smoothing`. The class indices come in as a new
 * input, `target`, int64 [batch, …]. With class weights the loss is −Σ_n Σ_c w_c t_c · log softmax(q)_c / Σ_n w_{y_n}, as
 * PyTorch's `CrossEntropyLoss` has it.
 */
export function crossEntropy({ logits, smoothing = 0, classWeights }: CrossEntropyOptions): Loss {
  return {
    logits,
    attach(b) {
      const targets = attachTargets(b, logits, smoothing);
      const logProbabilities = b.op("LogSoftmax", [logits], { axis: 1 });
      // Of plain logits by themselves: what wants no loss then needs no logarithm.
      const plain = b.shape(logits).length === 2;
      const probabilities = plain ? b.op("Softmax", [logits], { axis: 1 }) : b.op("Exp", [logProbabilities]);
      const weights = classWeights && perClass(b, logits, classWeights);
      const weighted = weights ? b.mul(targets, weights) : targets;
      const scale = b.neg(classWeights ? totalWeight(b, classWeights) : sampleCount(b));
      // With Σ_c t_c = 1: ∂/∂q = (p Σ_c w_c t_c − w t) / Σ w.
      const expected = weights ? b.mul(probabilities, b.reduceSum(weighted, [1], 1)) : probabilities;
      return {
        loss: b.div(sumOfAll(b, b.mul(weighted, logProbabilities)), scale),
        gradients: new Map([[logits, b.div(b.sub(weighted, expected), scale)]]),
      };
    },
  };
}

/**
 * Mean squared error ½ mean ‖q − t‖² over the batch (and over positions), t as for `crossEntropy`: one-hot, or smoothed.
 * With the ½ its gradient with respect to a sample's logits is q − t, as cross-entropy's is p − t.
 */
export function meanSquaredError({ logits, smoothing = 0 }: LossOptions): Loss {
  return {
    logits,
    attach(b) {
      const residual = b.sub(logits, attachTargets(b, logits, smoothing));
      const count = sampleCount(b);
      return {
        loss: b.div(sumOfAll(b, b.mul(residual, residual)), b.mul(count, 2)),
        gradients: new Map([[logits, b.div(residual, count)]]),
      };
    },
  };
}

/** Adds the input `target`, class indices [batch, …], and the targets t that follow from it, in the logits' shape. */
function attachTargets(b: GraphBuilder, logits: Value, smoothing: number): Value {
  const shape = b.shape(logits);
  const classes = shape[1];
  if (typeof classes !== "number")
    throw new ModelError(
      `'${logits}' has shape [${shape.join(", ")}], no fixed number of classes in axis 1; name the logits, [batch, classes, …]`,
    );
  const target = b.input(
    "target",
    "int64",
    shape.filter((_, i) => i !== 1),
  );
  const spatial = shape.slice(2).map(() => 1);
  const indices = b.constant(int64([...Array(classes).keys()], [classes, ...spatial]));
  const hot = b.cast(b.op("Equal", [b.op("Unsqueeze", [target, b.ints([1])]), indices]), "float32");
  return smoothing === 0 ? hot : b.add(b.mul(hot, 1 - smoothing), smoothing / classes);
}

/** w_c in the logits' shape. */
function perClass(b: GraphBuilder, logits: Value, classWeights: readonly number[]): Value {
  const [, classes, ...spatial] = b.shape(logits);
  if (classWeights.length !== classes)
    throw new ModelError(`${classWeights.length} class weights were given for ${classes} classes; give one of each`);
  return b.constant(float32(classWeights, [classes, ...spatial.map(() => 1)]));
}

/** Σ w over the samples' own classes. */
function totalWeight(b: GraphBuilder, classWeights: readonly number[]): Value {
  return sumOfAll(b, b.op("Gather", [b.constant(float32(classWeights)), "target"]));
}

/** The batch's samples, with their positions where logits are dense. */
function sampleCount(b: GraphBuilder): Value {
  return b.cast(b.op("Size", ["target"]), "float32");
}

function sumOfAll(b: GraphBuilder, value: Value): Value {
  return b.op("ReduceSum", [value], { keepdims: 0 });
}
