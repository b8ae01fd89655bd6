import type { GraphBuilder, Value } from "../../builder.js";
import { bounded } from "../../graph/bounded.js";
import { intAttribute, stringAttribute, type Node } from "../../graph/model.js";
import { int64 } from "../../graph/tensor.js";
import { ofKnownClasses } from "../known-classes.js";
import type { Rewrites } from "./rewrite.js";

/** Losses that a model carries itself. */
export const losses: Rewrites = {
  SoftmaxCrossEntropyLoss: ({ b, node, x }) => {
    const [logits, target, weights] = x as [Value, Value, Value?];
    const logProbabilities = b.op("LogSoftmax", [logits], { axis: 1 });
    return [negativeLogLikelihood(b, node, logProbabilities, target, weights), logProbabilities];
  },
  NegativeLogLikelihoodLoss: ({ b, node, x }) => {
    const [logProbabilities, target, weights] = x as [Value, Value, Value?];
    return [negativeLogLikelihood(b, node, logProbabilities, target, weights)];
  },
};

/** −w_y·log p_y per sample, then their sum, or their mean weighted by w; targets to be ignored have weight 0. */
function negativeLogLikelihood(b: GraphBuilder, node: Node, logP: Value, target: Value, weights?: Value): Value {
  const [, classes, ...spatial] = b.shape(logP) as number[];
  const perClass = [classes!, ...spatial.map(() => 1)];
  const labels = b.op("Unsqueeze", [b.cast(target, "int64"), b.ints([1])]);
  const indices = b.constant(int64([...Array(bounded(classes!)).keys()], perClass));
  const own = b.op("Equal", [labels, indices]);
  const hot = b.cast(own, b.type(logP).dtype);
  const weighted = weights ? b.mul(hot, b.op("Reshape", [weights, b.ints(perClass)])) : hot;
  const ignored = intAttribute(node, "ignore_index");
  const counted = ignored === undefined ? weighted : b.where(b.op("Equal", [labels, b.integer(ignored)]), 0, weighted);
  // Of classes that are masked log p is −∞, and 0 times that no number.
  const negative = b.op("Neg", [b.reduceSum(b.mul(counted, b.where(own, logP, 0)), [1])]);
  const each = ofKnownClasses(b, negative, classes!, b.cast(target, "int64"), ignored);
  const sum = (v: Value) => b.op("ReduceSum", [v], { keepdims: 0 });
  const reduction = stringAttribute(node, "reduction", "mean");
  if (reduction === "none") return each;
  return reduction === "sum" ? sum(each) : b.div(sum(each), sum(counted));
}
