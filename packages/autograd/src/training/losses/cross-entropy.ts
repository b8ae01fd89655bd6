import type { GraphBuilder, Value } from "../../builder.js";
import { ModelError } from "../../graph/errors.js";
import { float32 } from "../../graph/tensor.js";
import { ofKnownClasses } from "../../lower/known-classes.js";
import { attachClasses, sampleCount } from "./classes.js";
import type { Loss, LossOptions } from "./loss.js";
import { requireWeights } from "./require-options.js";
import { orOne, sumOfAll } from "./sum.js";

export interface CrossEntropyOptions extends LossOptions {
  /** w, a weight per class, [k]. Default: all 1. */
  classWeights?: readonly number[];
  /** Samples, or places of dense logits, whose target is this index do not count. Default: all do. */
  ignoreIndex?: number;
}

/**
 * Mean cross-entropy −mean Σ_c t_c · log softmax(q)_c over the batch (and over positions, for dense logits
 * [batch, k, …]), against the targets t = (1 − ε)·e_y + ε/k, where ε is `smoothing`. The class indices come in as a new
 * input, `target`, int64 [batch, …]. With class weights the loss is −Σ_n Σ_c w_c t_c · log softmax(q)_c / Σ_n w_{y_n}, as
 * PyTorch's `CrossEntropyLoss` has it. With `ignoreIndex` the sums and means are over the places that count. Where none
 * does, or all weigh 0, or the batch is empty, the loss is 0 (PyTorch's is NaN). A target that is neither a class nor that index stops the run with an error.
 */
export function crossEntropy({ logits, smoothing = 0, classWeights, ignoreIndex }: CrossEntropyOptions): Loss {
  return {
    logits,
    attach(b) {
      const hot = attachClasses(b, logits, smoothing);
      const classes = b.shape(logits)[1] as number;
      const counted = ignoreIndex === undefined ? undefined : places(b, ignoreIndex);
      // An index that is no class has no 1 anywhere.
      const ignored = counted && (smoothing > 0 || (ignoreIndex! >= 0 && ignoreIndex! < classes));
      const targets = ignored ? b.mul(hot, counted) : hot;
      const weights = classWeights && perClass(b, logits, classWeights);
      const weighted = weights ? b.mul(targets, weights) : targets;
      const total = totalWeight(b, classWeights, counted);
      const scale = b.neg(ofKnownClasses(b, total, classes, "target", ignoreIndex));
      // Σ_c w_c t_c is 1 without weights, and 0 where a place does not count.
      const each = weights ? b.reduceSum(weighted, [1], 1) : counted;
      const softmax = b.shape(logits).length === 2 ? ofSamples(b, logits) : ofPlaces(b, logits);
      return {
        loss: b.div(softmax.logarithms(weighted, each), scale),
        // ∂/∂q = (p Σ_c w_c t_c − w t) / Σ w
        gradients: new Map([[logits, b.div(b.sub(weighted, softmax.times(each)), scale)]]),
      };
    },
  };
}

/** softmax(q) as a loss needs it, and as its gradient does: either alone costs nothing of the other. */
interface Softmax {
  /** Σ w_c log softmax(q)_c over all classes and samples, []; `each` is Σ_c w_c of a sample or place, and 1 if undefined. */
  logarithms(weighted: Value, each: Value | undefined): Value;
  /** softmax(q), times a number for each sample or place. */
  times(each: Value | undefined): Value;
}

/** WebGPU has no LogSoftmax: to leave it to the processor is to wait for the device in the middle of a step. */
function ofSamples(b: GraphBuilder, logits: Value): Softmax {
  const logarithm = (): Value => {
    if (b.engine !== "webgpu") return b.op("LogSoftmax", [logits], { axis: 1 });
    const { shifted, total } = exponentials(b, logits);
    return b.sub(shifted, b.op("Log", [total]));
  };
  return {
    logarithms: (weighted) => sumOfAll(b, b.mul(weighted, finite(b, logarithm()))),
    times(each) {
      const probabilities = b.op("Softmax", [logits], { axis: 1 });
      return each ? b.mul(probabilities, each) : probabilities;
    },
  };
}

/**
 * Of dense logits the classes are not along the last axis, so that the runtime's own operators turn them around and back. Each
 * pass over them all counts: what is one number for a place is computed there.
 */
function ofPlaces(b: GraphBuilder, logits: Value): Softmax {
  const { shifted, exps, total } = exponentials(b, logits);
  return {
    logarithms(weighted, each) {
      const log = b.op("Log", [total]);
      return b.sub(sumOfAll(b, b.mul(weighted, finite(b, shifted))), sumOfAll(b, each ? b.mul(each, log) : log));
    },
    times: (each) => b.mul(exps, each ? b.div(each, total) : b.op("Reciprocal", [total])),
  };
}

/** Of classes that are masked, by logits of −∞, a number too: 0 times it is 0. */
const finite = (b: GraphBuilder, logarithms: Value): Value => b.op("Max", [logarithms, -3.4028234663852886e38]);

/** q − max_c q, exp of that, and its sum over the classes. */
function exponentials(b: GraphBuilder, logits: Value): { shifted: Value; exps: Value; total: Value } {
  const shifted = b.sub(logits, b.op("ReduceMax", [logits, b.ints([1])], { keepdims: 1 }));
  const exps = b.exp(shifted);
  return { shifted, exps, total: b.reduceSum(exps, [1], 1) };
}

/** 1 where a target counts, else 0: [batch, 1, …]. */
function places(b: GraphBuilder, ignoreIndex: number): Value {
  const ignored = b.op("Equal", [b.op("Unsqueeze", ["target", b.ints([1])]), b.integer(ignoreIndex)]);
  return b.cast(b.op("Not", [ignored]), "float32");
}

/** w_c in the logits' shape. */
function perClass(b: GraphBuilder, logits: Value, classWeights: readonly number[]): Value {
  const [, classes, ...spatial] = b.shape(logits);
  if (classWeights.length !== classes)
    throw new ModelError(`${classWeights.length} class weights were given for ${classes} classes; give one of each`);
  requireWeights(classWeights, "class");
  return b.constant(float32(classWeights, [classes, ...spatial.map(() => 1)]));
}

/** Σ w over the samples' own classes: how many samples count, where all weigh 1. */
function totalWeight(b: GraphBuilder, classWeights: readonly number[] | undefined, counted: Value | undefined): Value {
  if (!counted && classWeights) return orOne(b, sumOfAll(b, ownWeights(b, classWeights, "target")));
  // Texts may have no word that counts.
  if (!counted) return b.op("Max", [sampleCount(b), 1]);
  if (!classWeights) return orOne(b, sumOfAll(b, counted));
  // An index that does not count may be no class: it looks up the first one's weight, times 0.
  const flat = b.op("Squeeze", [counted, b.ints([1])]);
  const classes = b.op("Mul", ["target", b.cast(flat, "int64")]);
  return orOne(b, sumOfAll(b, b.mul(ownWeights(b, classWeights, classes), flat)));
}

function ownWeights(b: GraphBuilder, classWeights: readonly number[], classes: Value): Value {
  return b.op("Gather", [b.constant(float32(classWeights)), classes]);
}
