import { float32 } from "@taskhead/autograd";
import { normals } from "../data/random.js";
import { parameter, type Head } from "./head.js";

/** q = W z + b with W [k, h] (`head.weight`) from normal(0, 0.01) and b [k] (`head.bias`) from 0. */
export function linearHead(): Head {
  return {
    parameters: ["head.weight", "head.bias"],
    weights: ["head.weight"],
    readsFeatures: ["head.weight"],
    fanIn: new Map(),
    masks: [],
    convex: true,
    initial: (rng, width, outputs) =>
      new Map([
        ["head.weight", normals(outputs * width, 0.01, rng)],
        ["head.bias", new Float32Array(outputs)],
      ]),
    attach(builder, features, width, outputs, weights) {
      const w = builder.initializer("head.weight", float32(parameter(weights, "head.weight"), [outputs, width]));
      const b = builder.initializer("head.bias", float32(parameter(weights, "head.bias"), [outputs]));
      return builder.op("Gemm", [features, w, b], { transB: 1 });
    },
  };
}
