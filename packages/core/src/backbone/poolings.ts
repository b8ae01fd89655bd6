import { ModelError, type Graph, type GraphBuilder } from "@taskhead/autograd";
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

/** The axis of nodes, of all graphs of a batch. */
export interface NodeAxis {
  /** What its size is called. */
  readonly size: string;
  /** The input [nodes] that says which graph each is of. */
  readonly of: string;
  /** The input [graphs] that says how many each graph has, where there is one. */
  readonly counts?: string;
}

const takes = { mean: "mean", cls: "first", last: "last" } as const;

/**
 * For features per token.
 * @returns undefined for features that are taken as they are
 * @throws {ModelError} for a way that tokens are not pooled
 */
export function poolingOf(name: PoolingName): Pooling | undefined {
  if (name === "sum") throw new ModelError("pooling sum is for nodes of graphs; take mean, cls or last");
  return name === "pooler" || name === "none" ? undefined : { over: "tokens", take: takes[name] };
}

/** Whether a value is a vector for each node. */
export function isOfNodes(b: GraphBuilder, value: string, { size }: NodeAxis): boolean {
  return b.shape(value).length === 2 && b.shape(value)[0] === size;
}

/**
 * For features per node.
 * @throws {ModelError} for a way that nodes are not pooled
 */
export function nodePoolingOf(name: PoolingName, { of, counts }: NodeAxis): Pooling {
  if (name === "mean" || name === "sum") return { over: "nodes", take: name, of, ...(counts ? { counts } : {}) };
  throw new ModelError(`features are a vector for each node, which pooling ${name} does not pool; take mean or sum`);
}

/**
 * The value that a model's own pooler gives: an output of that name, or the tanh that ends a layer of that name.
 * @throws {ModelError} without one
 */
export function findPooler({ nodes, outputs }: Graph): string {
  const output = outputs.find(({ name }) => /pooler|pooled/i.test(name));
  const tanh = nodes.findLast((node) => node.opType === "Tanh" && /pooler|pooled/i.test(node.name + node.outputs[0]!));
  const found = output?.name ?? tanh?.outputs[0];
  if (found === undefined)
    throw new ModelError("the model has no pooler; take option pooling mean, cls or last instead");
  return found;
}
