import { ModelError, type Graph } from "@taskhead/autograd";
import type { Pooling } from "./pool.js";
import type { PoolingName } from "./pooling-names.js";

/** What a modality knows of how a model was pretrained. */
export interface UsualFeatures {
  /** The output that holds the features, where it is not the first. */
  readonly value?: string;
  /** For features per token; a way that is no name leaves no choice. */
  readonly pooling: PoolingName | Pooling;
  /** Who says so, the end of a sentence: `as 1_Pooling/config.json says`. */
  readonly from: string;
}

const takes = { mean: "mean", cls: "first", last: "last" } as const;

/** @returns undefined for features that are taken as they are */
export function poolingOf(name: PoolingName): Pooling | undefined {
  return name === "pooler" || name === "none" ? undefined : { over: "tokens", take: takes[name] };
}

/**
 * The value that a model's own pooler gives: an output of that name, or the tanh that ends a layer of that name.
 * @throws {ModelError} without one
 */
export function findPooler({ nodes, outputs }: Graph): string {
  const output = outputs.find(({ name }) => /pooler|pooled/i.test(name));
  const tanh = nodes.findLast((node) => node.opType === "Tanh" && /pooler|pooled/i.test(node.name + node.outputs[0]!));
  const found = output?.name ?? tanh?.outputs[0];
  if (found === undefined) throw new ModelError("the model has no pooler; take pooling mean, cls or last instead");
  return found;
}
