import { UnsupportedError } from "../graph/errors.js";
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

/** The type of input `i`, which the operator requires. */
export function input(c: InferContext, i: number): TensorType {
  const type = c.types[i];
  if (!type) throw new UnsupportedError(c.node, `input ${i} is missing`);
  return type;
}

/**
 * The shape that the elements of input `i` spell out.
 * @throws {UnsupportedError} if they are not known.
 */
export function shapeFrom(c: InferContext, i: number): readonly Dim[] {
  const value = c.known(i);
  if (!value)
    throw new UnsupportedError(
      c.node,
      "its output shape depends on data; export the model with static shapes (only the batch free)",
    );
  return value.elements;
}

/** Outputs of the type of the first input. */
export const same: InferRule = (c) => [input(c, 0)];

/** One rule for several operators; names separated by blanks. */
export function all(rule: InferRule, ...names: readonly string[]): InferRules {
  return Object.fromEntries(names.flatMap((line) => line.split(" ")).map((name) => [name, rule]));
}
