import { UnsupportedError } from "../graph/errors.js";
import { sizeAt } from "../graph/dims.js";
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

/**
 * Element `i` as a plain number list, e.g. axes; undefined if the input is left out, or (`knownNumbers` alone) if its
 * elements are not known.
 */
export function knownNumbers(c: InferContext, i: number): number[] | undefined {
  const value = c.known(i);
  return value?.elements.every((e) => typeof e === "number") ? (value.elements as number[]) : undefined;
}

/**
 * The same of an input that says which form the operator takes: no default stands in for what only a run will tell.
 * @param what it is, in words: `axes`
 * @throws {UnsupportedError} if the input is there, but not known.
 */
export function constantNumbers(c: InferContext, i: number, what: string): number[] | undefined {
  if (!c.types[i]) return undefined;
  const numbers = knownNumbers(c, i);
  if (!numbers) throw new UnsupportedError(c.node, `its ${what} are computed at run time; make them constant`);
  return numbers;
}

/** The type of input `i`, which the operator requires. */
export function input(c: InferContext, i: number): TensorType {
  const type = c.types[i];
  if (!type) throw new UnsupportedError(c.node, `input ${i} is missing; export the model again`);
  return type;
}

/**
 * The shape that the elements of input `i` spell out; those that a run alone will tell have names of their own.
 * @throws {UnsupportedError} if even their number is not known.
 */
export function shapeFrom(c: InferContext, i: number): readonly Dim[] {
  const value = c.known(i);
  if (value) return value.elements;
  input(c, i);
  throw new UnsupportedError(
    c.node,
    "how many axes its output has is computed at run time; export the model with a fixed input size",
  );
}

/** A size of output 0 that a run alone will tell. */
export function ownSize(c: InferContext, axis: number): Dim {
  return sizeAt(`${c.node.outputs.find((name) => name !== "")}:${axis}`);
}

/** Outputs of the type of the first input. */
export const same: InferRule = (c) => [input(c, 0)];

/** One rule for several operators; names separated by blanks. */
export function all(rule: InferRule, ...names: readonly string[]): InferRules {
  return Object.fromEntries(names.flatMap((line) => line.split(" ")).map((name) => [name, rule]));
}
