import { buildOn, type Model } from "@taskhead/autograd";
import type { Backbone } from "../backbone/backbone.js";
import { withHead, type Head } from "../heads/index.js";
import { withoutOutputs, withWeights, type Weights } from "../engine/weights.js";

export interface ExportOptions {
  /** The output's name. Default `logits`. */
  logitsName?: string;
}

/**
 * The fine-tuned model, from the backbone's own nodes (not the training graph, so BatchNorm stays as it was): the
 * backbone's input → logits [batch, k]. No softmax is appended.
 * @param weights the head's parameters, and those of the backbone's that were trained
 */
export function exportModel(
  backbone: Backbone,
  head: Head,
  classes: number,
  weights: Weights,
  options: ExportOptions = {},
): Model {
  const builder = buildOn(withoutOutputs(withWeights(withHead(backbone, head, classes, weights), weights)));
  builder.setOutputs({ [options.logitsName ?? "logits"]: "logits" });
  return builder.model();
}
