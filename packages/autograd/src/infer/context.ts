import type { Node } from "../graph/model.js";
import type { Dim, TensorType } from "../graph/tensor.js";

/**
 * A small tensor whose elements are known before anything runs; elements may be symbolic (a dimension read by Shape).
 * Booleans are 0 and 1.
 */
export interface KnownValue {
  readonly shape: readonly number[];
  readonly elements: readonly Dim[];
}

/** What an inference rule sees of a node. */
export interface InferContext {
  readonly node: Node;
  /** The types of the inputs; undefined where an optional input is left out. */
  readonly types: readonly (TensorType | undefined)[];
  /** The elements of input `i` where they are known. */
  known(i: number): KnownValue | undefined;
}

/** The types of a node's outputs. */
export type InferRule = (c: InferContext) => readonly TensorType[];
export type InferRules = Readonly<Record<string, InferRule>>;

/** Element `i` as a plain number list, e.g. axes; undefined if the input is absent or not fully known. */
export function knownNumbers(c: InferContext, i: number): number[] | undefined {
  const value = c.known(i);
  return value?.elements.every((e) => typeof e === "number") ? (value.elements as number[]) : undefined;
}
