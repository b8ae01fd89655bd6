import { buildOn, float32, forOldestRuntime, renameGraph, type Model } from "@taskhead/autograd";
import type { Backbone } from "../backbone/backbone.js";
import { renamedInputs } from "../backbone/fit.js";
import { mergeLora } from "../backbone/lora.js";
import { withProvenance } from "../backbone/provenance.js";
import { mergeWeights } from "../backbone/split.js";
import { withoutOutputs, type Weights } from "../engine/weights.js";
import type { Head } from "../heads/index.js";
import type { Objective } from "../objectives/objective.js";

/** Inputs that had to take other names get their own again. */
function withInputsBack(model: Model, backbone: Backbone): Model {
  const theirs = new Map([...renamedInputs(backbone)].map(([old, now]) => [now, old]));
  return theirs.size > 0 ? { ...model, graph: renameGraph(model.graph, (name) => theirs.get(name) ?? name) } : model;
}

/**
 * The fine-tuned model, from the backbone's own nodes (not the training graph, so BatchNorm stays as it was): the
 * backbone's inputs → `logits` [batch, k], or [batch, k, height, width] in the targets' size, without softmax or sigmoid. Numbers of regression are the user's again:
 * q · deviation + mean. It declares the oldest operator set that has its operators. The file says where its features are,
 * so that it can be a backbone in turn.
 * @param trained the head's parameters, and those of the backbone's that were trained; low-rank updates become one with the
 *   weights that they stand beside
 */
export function exportModel(given: Backbone, head: Head, { outputs, scale }: Objective, trained: Weights): Model {
  const { backbone, weights } = mergeLora(given, trained);
  const b = buildOn(withoutOutputs(mergeWeights(backbone, weights).model));
  const z = backbone.featureName;
  const q = head.attachExported?.(b, z, outputs, weights) ?? head.attach(b, z, backbone.width, outputs, weights);
  const constant = (values: readonly number[]): string => b.constant(float32(values));
  b.setOutputs({ logits: scale ? b.add(b.mul(q, constant(scale.deviation)), constant(scale.mean)) : q });
  const model = forOldestRuntime(b.model());
  return withProvenance(withInputsBack(model, backbone), backbone.featureName, backbone.constants);
}
