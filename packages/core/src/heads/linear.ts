import { float32 } from "@taskhead/autograd";
import { requireOptions } from "../given/require.js";
import { parameter, type Head } from "./head.js";
import { headStarts, type HeadStart } from "./start.js";
import { startLayer } from "./start-layer.js";

export interface LinearOptions {
  /** How W and b start. Default `torch`: both from U(±1/√h), as PyTorch's `nn.Linear`. */
  start?: HeadStart;
}

/** q = W z + b with W [k, h] (`head.weight`) and b [k] (`head.bias`). */
export function linearHead(options: LinearOptions = {}): Head {
  requireOptions("linearHead", options, { start: headStarts });
  const { start = { kind: "torch" } } = options;
  return {
    parameters: ["head.weight", "head.bias"],
    weights: ["head.weight"],
    readsFeatures: ["head.weight"],
    fanIn: new Map(),
    masks: [],
    convex: true,
    initial(rng, width, outputs) {
      const { weight, bias } = startLayer(start, outputs, width, rng);
      return new Map([
        ["head.weight", weight],
        ["head.bias", bias],
      ]);
    },
    attach(builder, features, width, outputs, weights) {
      const w = builder.initializer("head.weight", float32(parameter(weights, "head.weight"), [outputs, width]));
      const b = builder.initializer("head.bias", float32(parameter(weights, "head.bias"), [outputs]));
      return builder.op("Gemm", [features, w, b], { transB: 1 });
    },
  };
}
