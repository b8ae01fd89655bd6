import type { GraphBuilder, Value } from "../builder.js";
import { UnsupportedError } from "../graph/errors.js";
import { floatAttribute, intAttribute } from "../graph/model.js";
import { normalizeAxis } from "../infer/broadcast.js";
import type { GradientRules } from "./rule.js";

export const normalization: GradientRules = {
  // y = γ·(x − μ)/√(σ² + ε) + β with given statistics μ, σ².
  BatchNormalization: ({ b, node, x, dy }) => {
    const [input, scale, , mean, variance] = x as [Value, Value, Value, Value, Value];
    const others = b.shape(input).flatMap((_, i) => (i === 1 ? [] : [i]));
    const perChannel = (v: Value) => b.op("Unsqueeze", [v, b.ints(others.slice(1).map((i) => i - 1))]);
    const deviation = b.sqrt(b.add(variance, floatAttribute(node, "epsilon", 1e-5)));
    const slope = b.div(scale, deviation);
    const shift = b.reduceSum(dy, others);
    const normalized = b.div(b.sub(input, perChannel(mean)), perChannel(deviation));
    const stretch = b.reduceSum(b.mul(dy, normalized), others);
    return [
      () => b.mul(dy, perChannel(slope)),
      () => stretch,
      () => shift,
      () => b.neg(b.mul(slope, shift)),
      () => b.mul(b.div(b.mul(slope, stretch), deviation), -0.5),
    ];
  },
  // y = γ·x̂ + β, x̂ = (x − mean)/√(var + ε) over the axes from `axis` on.
  LayerNormalization: ({ b, node, x, dy, dys }) => {
    if (dys[1] || dys[2])
      throw new UnsupportedError(
        node,
        "the gradient of its mean and deviation is not supported; export it written out, or without them",
      );
    const [input, scale, bias] = x as [Value, Value, Value | undefined];
    const rank = b.shape(input).length;
    const axis = normalizeAxis(intAttribute(node, "axis", -1), rank);
    const axes = Array.from({ length: rank - axis }, (_, i) => axis + i);
    const { normalized, back } = standardized(b, input, axes, floatAttribute(node, "epsilon", 1e-5));
    return [() => back(b.mul(dy, scale)), () => b.sumTo(b.mul(dy, normalized), scale), () => b.sumTo(dy, bias!)];
  },
  // The same over the spatial axes, with γ and β per channel.
  InstanceNormalization: ({ b, node, x, dy }) => {
    const [input, scale] = x as [Value, Value];
    const spatial = b.shape(input).flatMap((_, i) => (i < 2 ? [] : [i]));
    const { normalized, back } = standardized(b, input, spatial, floatAttribute(node, "epsilon", 1e-5));
    return [
      () => back(b.mul(dy, b.op("Unsqueeze", [scale, b.ints(spatial.map((i) => i - 1))]))),
      () => b.reduceSum(b.mul(dy, normalized), [0, ...spatial]),
      () => b.reduceSum(dy, [0, ...spatial]),
    ];
  },
};

/** x̂ = (x − mean)/√(var + ε) over the axes, and `back`, which takes a gradient for x̂ to the one for x. */
function standardized(b: GraphBuilder, x: Value, axes: readonly number[], epsilon: number) {
  const mean = (v: Value) => b.op("ReduceMean", [v, b.ints(axes)], { keepdims: 1 });
  const centred = b.sub(x, mean(x));
  const inverse = b.op("Reciprocal", [b.sqrt(b.add(mean(b.mul(centred, centred)), epsilon))]);
  const normalized = b.mul(centred, inverse);
  return { normalized, back: (g: Value) => b.mul(inverse, projectOut(b, g, normalized, mean)) };
}

/** g without its mean and without its part along x̂: what normalisation lets through. */
function projectOut(b: GraphBuilder, g: Value, normalized: Value, mean: (v: Value) => Value): Value {
  return b.sub(b.sub(g, mean(g)), b.mul(normalized, mean(b.mul(g, normalized))));
}
