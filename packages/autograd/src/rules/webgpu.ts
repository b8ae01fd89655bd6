import type { Value } from "../builder.js";
import { float32 } from "../graph/tensor.js";
import { spread } from "./convolution.js";
import type { GradientRules } from "./rule.js";
import { patches, windowOfNode } from "./window.js";

const lowest = -3.4028234663852886e38;

/** Rules for what ONNX Runtime's WebGPU lacks. */
export const webgpu: GradientRules = {
  // Without indices, the first element of a window that equals its maximum is found by comparison.
  MaxPool: ({ b, node, x, y, dy }) => [
    () => {
      const window = windowOfNode(b, node, x[0]!, y, []);
      const perChannel = (v: Value) => b.op("Reshape", [v, b.ints([-1, 1, ...window.output])]);
      const hits = patches(b, x[0]!, window, 2, lowest).map((patch) => perChannel(b.mask("Equal", patch, y)));
      // [batch · channels, taps, …output]: 1 where an element is a maximum, then where it is the first.
      const all = hits.length === 1 ? hits[0]! : b.op("Concat", hits, { axis: 1 });
      const before = b.op("CumSum", [all, b.ints([1])], { exclusive: 1 });
      const first = b.mul(all, b.mask("Equal", before, 0));
      // Each tap's share goes back to where the tap was.
      const taps = hits.length;
      const oneHot = Array.from({ length: taps * taps }, (_, i) => Number(i % (taps + 1) === 0));
      const weight = b.constant(float32(oneHot, [taps, 1, ...window.kernel]));
      return b.reshape(spread(b, b.mul(first, perChannel(dy)), weight, window, 1, x[0]!), b.shape(x[0]!), x[0]!);
    },
  ],
};
