import type { GraphBuilder, Value } from "../../builder.js";
import { Floats, intAttribute, stringAttribute, type Node } from "../../graph/model.js";
import { depthwiseFilterGradient, depthwiseInputGradient } from "./depthwise.js";
import { filterGradient } from "./filter-gradient.js";
import { blockedInputGradient } from "./input-gradient.js";
import { blockOf, toBlocked, toPlain } from "./layout.js";
import { besides } from "./pixels.js";
import { positive } from "../elementwise.js";
import type { GradientRules } from "../rule.js";
import { windowOfNode } from "../window.js";

export const blocked: GradientRules = {
  ReorderInput: ({ b, dy }) => [() => toPlain(b, dy)],
  ReorderOutput: ({ b, dy }) => [() => toBlocked(b, dy)],
  Conv: ({ b, node, x, y, dy }) => {
    const [input, filter] = x as [Value, Value];
    const window = windowOfNode(b, node, input, dy, b.shape(filter).slice(2) as number[]);
    const dz = behindActivation(b, node, y, dy);
    const depthwise = intAttribute(node, "group", 1) > 1;
    return [
      () => (depthwise ? depthwiseInputGradient : blockedInputGradient)(b, input, dz, filter, window),
      () => (depthwise ? depthwiseFilterGradient : filterGradient)(b, input, dz, filter, window),
      () => b.reshape(b.reduceSum(b.reduceSum(storedShape(b, dz), [2]), [0]), [b.shape(filter)[0]!]),
    ];
  },
  // Windows side by side over the whole image: the first largest element of each takes its gradient.
  MaxPool: ({ b, node, x, y, dy }) => [
    () => {
      const { kernel } = windowOfNode(b, node, x[0]!, y, []);
      const { pieces, each, whole } = besides(b, x[0]!, kernel);
      const takes = firstOf(b, b.op("Equal", [pieces(x[0]!), each(y)]), kernel[0]! * kernel[1]!);
      return whole(b.mul(each(dy), b.cast(takes, "float32")));
    },
  ],
};

/** A value under its true shape [N, C/block, H·W, block]. */
function storedShape(b: GraphBuilder, v: Value): Value {
  const [, channels, height, width] = b.shape(v) as [unknown, number, number, number];
  return b.op("Reshape", [v, b.ints([-1, channels / blockOf(b), height * width, blockOf(b)])]);
}

/** Booleans [N, count, …]: true only where the first along the second axis is. */
function firstOf(b: GraphBuilder, attains: Value, count: number): Value {
  let taken: Value | undefined;
  const takes = Array.from({ length: count }, (_, i) => {
    const attainsHere = b.slice(attains, 1, i, i + 1);
    const free = taken ? b.op("And", [attainsHere, b.op("Not", [taken])]) : attainsHere;
    if (i < count - 1) taken = taken ? b.op("Or", [taken, attainsHere]) : attainsHere;
    return free;
  });
  return b.op("Concat", takes, { axis: 1 });
}

/** The gradient before the activation that a convolution applies; Relu and LeakyRelu keep the sign, so y tells. */
function behindActivation(b: GraphBuilder, node: Node, y: Value, dy: Value): Value {
  const activation = stringAttribute(node, "activation", "");
  if (activation === "") return dy;
  const parameters = node.attributes["activation_params"];
  const slope = activation === "LeakyRelu" && parameters instanceof Floats ? parameters.values[0]! : 0;
  return b.mul(dy, positive(b, y, slope));
}
