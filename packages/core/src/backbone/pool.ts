import { ModelError, type Dim, type GraphBuilder, type Shape } from "@taskhead/autograd";

/**
 * How features per token [batch, tokens, h], or per node [nodes, h], become one vector a sample. `mask` names the input
 * [batch, tokens] that is 1 for real tokens and 0 for padding; it is found where left out. `each` takes the tokens that the
 * input `unitInput` names, for samples with several units.
 */
export type Pooling =
  | { readonly over: "tokens"; readonly take: "each" }
  | { readonly over: "tokens"; readonly take: "mean" | "first" | "last"; readonly mask?: string }
  /**
   * `of` names the input [nodes] that says which graph of the batch a node belongs to, `counts` [graphs] how many each has;
   * they are counted where it is left out.
   */
  | { readonly over: "nodes"; readonly take: "mean" | "sum"; readonly of: string; readonly counts?: string };

/** The input, int64 [units], that says which of all tokens of a batch, padding among them, are units: row · tokens + place. */
export const unitInput = "unit_places";

/**
 * What counts the samples of a batch, as the first size of values: the features', unless those are of units.
 * @param features a value with a row for each sample, or for each unit
 */
export function batchOf(b: GraphBuilder, inputs: readonly string[], features: string): Dim | undefined {
  const ofSamples = inputs.includes(unitInput) ? inputs.find((name) => name !== unitInput)! : features;
  return b.shape(ofSamples)[0];
}

type PoolingOverTokens = Extract<Pooling, { take: "mean" | "first" | "last" }>;

export interface Pooled {
  /** [batch, h] */
  value: string;
  width: number;
  /** What was done, to follow on where the features were found; empty for nothing. */
  how: string;
}

/**
 * Brings a value to [batch, h].
 * @throws {ModelError} if it has no such form, or `pooling` does not fit it.
 */
export function pool(b: GraphBuilder, value: string, pooling?: Pooling): Pooled {
  const { shape } = b.type(value);
  if (pooling?.over === "nodes") return overNodes(b, value, pooling);
  if (pooling?.take === "each") return eachUnit(b, value);
  const width = shape[shape.length === 3 ? 2 : 1];
  if (typeof shape[0] === "number" && shape.length > 1)
    throw new ModelError(
      `'${value}' has a fixed batch of ${shape[0]}: the model was exported for a batch of one size; export it again with a dynamic batch axis`,
    );
  if (shape.length < 2 || shape.length > 4 || typeof width !== "number")
    throw new ModelError(
      `'${value}' is [${shape.join(", ")}]: features must be [batch, h], [batch, tokens, h] or [batch, h, height, width] with a fixed h; choose another value by option features`,
    );
  if (shape.length === 3) return { ...overTokens(b, value, pooling), width };
  if (pooling)
    throw new ModelError(
      `'${value}' is [${shape.join(", ")}], which has no tokens to pool over; leave option pooling out`,
    );
  if (shape.length === 2) return { value, width, how: "" };
  return { value: mean(b, value, [2, 3]), width, how: ", averaged over positions" };
}

function mean(b: GraphBuilder, value: string, axes: readonly number[]): string {
  return b.op("ReduceMean", [value, b.ints(axes)], { keepdims: 0 });
}

/** [batch, tokens, h], or all tokens one after another [batch · tokens, h], → [units, h] */
function eachUnit(b: GraphBuilder, value: string): Pooled {
  const { shape } = b.type(value);
  const width = shape.at(-1);
  const batch = b.graph.inputs.find(({ name, type }) => name !== unitInput && type?.shape.length === 2)?.type!.shape[0];
  if (typeof width !== "number" || !(shape.length === 3 || (shape.length === 2 && shape[0] !== batch)))
    throw new ModelError(
      `'${value}' is [${shape.join(", ")}], not [batch, tokens, h]: a target for each token needs features for each; choose another value by option features`,
    );
  const tokens = shape.length === 3 ? b.op("Reshape", [value, b.ints([-1, width])]) : value;
  return { value: b.op("Gather", [tokens, unitInput], { axis: 0 }), width, how: ", of the first token of each word" };
}

function overTokens(b: GraphBuilder, value: string, pooling: PoolingOverTokens | undefined) {
  const take = pooling?.take ?? "mean";
  if (take === "first") return { value: tokenAt(b, value, 0), how: ", of the first token" };
  const mask = pooling?.mask ?? findMask(b, b.shape(value));
  if (mask === undefined && take === "last") return { value: tokenAt(b, value, -1), how: ", of the last token" };
  if (mask === undefined) return { value: mean(b, value, [1]), how: ", averaged over tokens" };
  const own = b.cast(mask, "float32");
  if (take === "last") return { value: weightedSum(b, value, lastOf(b, own)), how: `, of the last token by '${mask}'` };
  const count = b.op("Max", [b.reduceSum(own, [1], 1), 1e-9]);
  return { value: b.div(weightedSum(b, value, own), count), how: `, averaged over tokens by '${mask}'` };
}

/** Σ_t w_t z_t: [batch, tokens, h] and [batch, tokens] → [batch, h] */
function weightedSum(b: GraphBuilder, value: string, weights: string): string {
  return b.reduceSum(b.mul(value, b.op("Unsqueeze", [weights, b.ints([2])])), [1]);
}

/** 1 at the last token that the mask holds, else 0, whichever side is padded: [batch, tokens]. */
function lastOf(b: GraphBuilder, mask: string): string {
  const place = b.mul(mask, b.add(b.cast(b.positions(mask, 1), "float32"), 1));
  const last = b.op("ReduceMax", [place, b.ints([1])], { keepdims: 1 });
  return b.mul(b.mask("Equal", place, last), mask);
}

function tokenAt(b: GraphBuilder, value: string, index: number): string {
  return b.op("Gather", [value, b.integer(index)], { axis: 1 });
}

/** The input that is a mask by its name and its shape, if there is one; a graph may have lost what its length is called. */
export function findMask(b: GraphBuilder, [batch, tokens]: Shape): string | undefined {
  const masks = b.graph.inputs.filter(({ name, type }) => /mask/i.test(name) && type?.shape.length === 2);
  const fits = masks.filter(({ type }) => type!.shape[0] === batch && type!.shape[1] === tokens);
  if (fits.length === 1) return fits[0]!.name;
  return typeof tokens === "number" ? undefined : masks.find(({ name }) => name === "attention_mask")?.name;
}

function overNodes(b: GraphBuilder, value: string, pooling: Extract<Pooling, { over: "nodes" }>): Pooled {
  const { take, of, counts } = pooling;
  const { shape } = b.type(value);
  const width = shape[1];
  for (const name of counts === undefined ? [of] : [of, counts])
    if (!b.graph.inputs.some((input) => input.name === name))
      throw new ModelError(`the model has no input '${name}' to pool nodes by; name the one that has their graphs`);
  if (shape.length !== 2 || typeof width !== "number")
    throw new ModelError(
      `'${value}' is [${shape.join(", ")}], not [nodes, h]; choose another value by option features`,
    );
  const own = b.op("Unsqueeze", [b.cast(of, "int64"), b.ints([0])]);
  const graphs = counts === undefined ? graphNumbers(b, own) : b.positions(counts, 0);
  // Membership of every node in every graph, [graphs, nodes]: a graph is a row.
  const member = b.cast(b.op("Equal", [b.op("Unsqueeze", [graphs, b.ints([1])]), own]), "float32");
  const sum = b.op("MatMul", [member, value]);
  if (take === "sum") return { value: sum, width, how: `, summed over nodes by '${of}'` };
  const nodes =
    counts === undefined ? b.reduceSum(member, [1], 1) : b.op("Unsqueeze", [b.cast(counts, "float32"), b.ints([1])]);
  return { value: b.div(sum, nodes), width, how: `, averaged over nodes by '${of}'` };
}

/** 0 … the greatest number of a graph that a node has. */
function graphNumbers(b: GraphBuilder, of: string): string {
  const count = b.add(b.op("ReduceMax", [of], { keepdims: 0 }), b.integer(1));
  return b.op("Range", [b.integer(0), count, b.integer(1)]);
}
