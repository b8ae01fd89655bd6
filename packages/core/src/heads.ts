import { float32, GraphBuilder, type Model } from "@taskhead/autograd";
import type { Backbone } from "./backbone.js";
import { normals, type Random } from "./random.js";
import { withoutOutputs, type Weights } from "./weights.js";

/** A task head: features z [batch, h] → logits [batch, k]. */
export interface Head {
  /** The names of its parameters in a graph; all begin with `head.`. */
  readonly parameters: readonly string[];
  /** Those of them that multiply the features, whose gradients therefore grow with the features' scale. */
  readonly readsFeatures: readonly string[];
  /** A random start. */
  initial(rng: Random, width: number, classes: number): Map<string, Float32Array>;
  /** Appends the head to a graph, its weights as initializers; returns the logits' name. */
  attach(builder: GraphBuilder, features: string, width: number, classes: number, weights: Weights): string;
}

/** q = W z + b with W [k, h] (`head.weight`) from normal(0, 0.01) and b [k] (`head.bias`) from 0. */
export function linearHead(): Head {
  return {
    parameters: ["head.weight", "head.bias"],
    readsFeatures: ["head.weight"],
    initial: (rng, width, classes) =>
      new Map([
        ["head.weight", normals(classes * width, 0.01, rng)],
        ["head.bias", new Float32Array(classes)],
      ]),
    attach(builder, features, width, classes, weights) {
      const w = builder.initializer("head.weight", float32(parameter(weights, "head.weight"), [classes, width]));
      const b = builder.initializer("head.bias", float32(parameter(weights, "head.bias"), [classes]));
      return builder.op("Gemm", [features, w, b], { transB: 1 });
    },
  };
}

/** The backbone with a head on it: the backbone's input → `logits` [batch, k] and `features` [batch, h]. */
export function withHead(backbone: Backbone, head: Head, classes: number, weights: Weights): Model {
  const builder = GraphBuilder.from(withoutOutputs(backbone.model));
  const logits = head.attach(builder, backbone.featureName, backbone.width, classes, weights);
  builder.setOutputs({ logits, features: backbone.featureName });
  return builder.model();
}

/** A head alone: `z` [batch, h] → `logits` [batch, k]. */
export function headAlone(head: Head, width: number, classes: number, weights: Weights): Model {
  const builder = GraphBuilder.from(emptyModel());
  const z = builder.input("z", "float32", ["batch", width]);
  builder.setOutputs({ logits: head.attach(builder, z, width, classes, weights) });
  return builder.model();
}

/** ‖W‖₂ over all of a head's weights, biases excluded (Frobenius norm). */
export function headNorm(weights: Weights): number {
  let square = 0;
  for (const [name, data] of weights) if (!name.endsWith("bias")) for (const w of data) square += w * w;
  return Math.sqrt(square);
}

function parameter(weights: Weights, name: string): Float32Array {
  const data = weights.get(name);
  if (!data)
    throw new Error(`the head's weights lack '${name}'; they hold ${[...weights.keys()].join(", ") || "nothing"}`);
  return data;
}

function emptyModel(): Model {
  return {
    irVersion: 10,
    opsets: new Map([["", 18]]),
    graph: { name: "head", inputs: [], outputs: [], nodes: [], initializers: new Map() },
    producer: "taskhead",
    metadata: new Map(),
  };
}
