import { GraphBuilder, type Value } from "../builder.js";
import { atNode, ModelError, UnsupportedError } from "../graph/errors.js";
import { describe, renameNode, type Graph, type Model, type Node } from "../graph/model.js";
import { dependencies } from "../graph/walk.js";
import { trainableParameters } from "../parameters/trainable.js";
import { rulesOf, type GraphOptions } from "../options.js";
import type { DropoutMask } from "./dropout.js";
import { named } from "./named.js";
import { rewriteNode } from "./rewrites/index.js";
import { upgradeNode, type Lowering } from "./upgrade.js";

/** A model brought to one dialect, in a builder. */
export interface Lowered {
  readonly b: GraphBuilder;
  /** The masks that Dropout multiplies by; none unless `dropout` was asked for. */
  readonly masks: readonly DropoutMask[];
}

/**
 * A builder that holds the model: nodes upgraded to one operator set, compound operators rewritten in simple ones, shapes
 * inferred, constants folded.
 * @throws {UnsupportedError} at an operator that is not known, or a form of one that is not supported.
 * @throws {ModelError} if the model is inconsistent, or an input has no declared shape.
 */
export function buildOn(model: Model, options: GraphOptions = {}): GraphBuilder {
  return lower(model, options).b;
}

/** As `buildOn`, with the masks that Dropout multiplies by. */
export function lower(model: Model, options: GraphOptions = {}): Lowered {
  const { graph } = model;
  const b = new GraphBuilder(graph.name, model, options);
  b.reserve(graph.nodes);
  for (const [name, tensor] of graph.initializers) b.initializer(name, tensor);
  // Whatever its outputs are, or will be: a model in parts has the same weights.
  const values = graph.nodes.flatMap((node) => node.outputs);
  b.keepVariable(trainableParameters(model, values));
  for (const { name, type } of graph.inputs) {
    if (!type) throw new ModelError(`input '${name}' has no declared shape; export the model with input shapes`);
    b.input(name, type.dtype, type.shape);
  }
  const masks = options.dropout ? [] : undefined;
  const version = model.opsets.get("") ?? 1;
  include({ b, version, sequences: new Map(), masks, operators: options.operators ?? {} }, graph.nodes);
  for (const { name } of graph.outputs) b.output(name, name);
  return { b, masks: masks ?? [] };
}

/** Appends a model's nodes, brought to the target operator set; an If whose condition is known becomes its branch. */
function include(c: Lowering, nodes: readonly Node[]): void {
  for (const node of nodes)
    try {
      if (node.opType === "If" && node.domain === "") includeBranch(c, node);
      else for (const lowered of lowerNode(c, node)) c.b.append(lowered);
    } catch (error) {
      if (error instanceof UnsupportedError || (error instanceof ModelError && error.message.includes(describe(node))))
        throw error;
      throw atNode(node, error);
    }
}

/** An operator that has a gradient given for it stays as it is. */
function lowerNode(c: Lowering, node: Node): Node[] {
  const stays = rulesOf(node, c.operators)?.gradient !== undefined;
  return (stays ? undefined : rewriteNode(c.b, node)) ?? upgradeNode(c, node);
}

/** Whether a value is made of sizes and constants alone. */
function isOfSizes({ graph }: GraphBuilder, value: Value): boolean {
  const told = dependencies(
    graph.nodes.filter((node) => node.opType !== "Shape" && node.opType !== "Size"),
    [value],
  );
  return !graph.inputs.some(({ name }) => told.has(name));
}

function includeBranch(c: Lowering, node: Node): void {
  const { b } = c;
  const condition = b.knownNumbers(node.inputs[0]);
  if (!condition)
    throw new UnsupportedError(
      node,
      isOfSizes(b, node.inputs[0]!)
        ? "its condition depends on a size that the model leaves open; export the model without branches, or with a fixed input size (only the batch may stay open)"
        : "its condition is computed at run time; export the model without branches",
    );
  const branch = node.attributes[condition[0] ? "then_branch" : "else_branch"] as Graph | undefined;
  if (!branch) throw new UnsupportedError(node, "it lacks a branch; export the model again");
  // The other branch, or another If, may use the same names.
  const own = new Map<string, string>();
  const local = (name: string) => own.set(name, b.fresh(name));
  for (const name of branch.initializers.keys()) local(name);
  for (const inner of branch.nodes) inner.outputs.filter((o) => o !== "").forEach(local);
  const rename = (name: string) => own.get(name) ?? name;
  for (const [name, tensor] of branch.initializers) b.initializer(rename(name), tensor);
  include(
    c,
    branch.nodes.map((inner) => renameNode(inner, rename)),
  );
  const results = branch.outputs.map(({ name }) => rename(name));
  for (const result of named(node, results)) b.append(result);
}
