import { buildOn, type Model } from "@taskhead/autograd";
import type { Backbone } from "../backbone/backbone.js";
import { withoutOutputs, type Weights } from "../engine/weights.js";
import type { Head } from "./head.js";

/**
 * The backbone with a head on it: the backbone's inputs → `logits` [batch, k] and `features` [batch, h].
 * @param dropout makes the head's dropout masks inputs of the graph
 */
export function withHead(backbone: Backbone, head: Head, outputs: number, weights: Weights, dropout = false): Model {
  const builder = buildOn(withoutOutputs(backbone.model));
  const logits = head.attach(builder, backbone.featureName, backbone.width, outputs, weights, dropout);
  builder.setOutputs({ logits, features: backbone.featureName });
  return builder.model();
}

/** A head alone: `z` [batch, h] → `logits` [batch, k], and `features`, which are z. */
export function headAlone(head: Head, width: number, outputs: number, weights: Weights): Model {
  return withHead(identityBackbone(width), head, outputs, weights);
}

/** A backbone that is nothing: its input `z` [batch, h] is the features. Probing on cached features runs on it. */
export function identityBackbone(width: number): Backbone {
  const graph = {
    name: "head",
    inputs: [{ name: "z", type: { dtype: "float32" as const, shape: ["batch", width] } }],
    outputs: [{ name: "z" }],
    nodes: [],
    initializers: new Map(),
  };
  return {
    model: { irVersion: 10, opsets: new Map([["", 18]]), graph, producer: "taskhead", metadata: new Map() },
    inputs: [{ name: "z", dtype: "float32", shape: ["batch", width] }],
    featureName: "z",
    width,
    found: "Features are the input.",
    parameters: [],
    sampleBytes: 0,
    parameterCount: 0,
    constants: new Set(),
    warnings: [],
    renamed: new Map(),
  };
}
