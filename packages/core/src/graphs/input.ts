import { ModelError, type Graph, type Model, type Shape } from "@taskhead/autograd";
import type { PreparedInput, TypedInput } from "../backbone/modality.js";
import { withFreeGraphs } from "./free-graphs.js";
import { graphInputs, graphRoles, ownName, type GraphInputs, type GraphRole, type NamedInputs } from "./inputs.js";

/** What sizes are called: those of one name are equal. */
const axes: Readonly<Partial<Record<GraphRole, (shape: Shape) => Shape>>> = {
  x: ([, ...rest]) => ["nodes", ...rest],
  edge_index: () => [2, "edges"],
  edge_attr: ([, ...rest]) => ["edges", ...rest],
  batch: () => ["nodes"],
  node_counts: () => ["graphs"],
};

/**
 * Gives a graph network sizes that go together, under its own names. One that does not say whose a node is gets an input
 * `batch` [nodes], for its nodes to be pooled by.
 * @throws {ModelError} if an input is none of a graph's
 */
export function graphInput(model: Model, named?: NamedInputs): PreparedInput {
  const found = graphInputs(declared(model.graph), named);
  const inputs: Graph["inputs"][number][] = graphRoles.flatMap((role) => {
    const input = found[role];
    if (!input) return [];
    const { name, dtype, shape } = input;
    return [{ name, type: { dtype, shape: axes[role]?.(shape) ?? shape } }];
  });
  const of = found.batch?.name ?? freeName(model.graph);
  if (!found.batch) inputs.push({ name: of, type: { dtype: "int64", shape: ["nodes"] } });
  const { node_counts: counts } = found;
  return {
    // Declared shapes of outputs may be those of other names.
    model: { ...model, graph: { ...model.graph, inputs, outputs: model.graph.outputs.map(({ name }) => ({ name })) } },
    constants: new Set(),
    nodes: { size: "nodes", of, ...(counts ? { counts: counts.name } : {}) },
  };
}

/** A model as its file has it, for any number of graphs. */
export function mendedGraphs(model: Model, named?: NamedInputs): Model {
  const { batch } = graphInputs(declared(model.graph), named);
  return batch ? withFreeGraphs(model, batch.name).model : model;
}

/**
 * What is made of a model's file, a sentence each: which of its inputs was taken for which, and what had to be changed.
 * @throws {ModelError} as `graphInputs` does
 */
export function toldGraphs(model: Model, named?: NamedInputs): string[] {
  const found = graphInputs(declared(model.graph), named);
  const were = found.batch && withFreeGraphs(model, found.batch.name).were;
  return [
    toldInputs(found),
    ...(were === undefined
      ? []
      : [
          `The file was exported for ${were} graphs at a time; it is taken for any number, as '${ownName(found.batch!.name)}' has.`,
        ]),
  ];
}

function toldInputs(found: GraphInputs): string {
  const pairs = graphRoles.flatMap((role) => (found[role] ? [[role, ownName(found[role].name)] as const] : []));
  const list = pairs.map(([role, name]) => (role === name ? role : `'${name}' as ${role}`)).join(", ");
  return pairs.every(([role, name]) => role === name)
    ? `The model takes ${list}.`
    : `The model takes ${list}; option inputs says it otherwise.`;
}

/** `batch`, unless a value of the model's own is called so. */
function freeName({ nodes, initializers }: Graph): string {
  const taken = new Set([...initializers.keys(), ...nodes.flatMap(({ outputs }) => outputs)]);
  let name = "batch";
  while (taken.has(name)) name = `graph.${name}`;
  return name;
}

/** @throws {ModelError} for an input of no known type */
function declared({ inputs }: Graph): TypedInput[] {
  return inputs.map(({ name, type }) => {
    if (!type) throw new ModelError(`the model does not declare the shape of '${name}'; export it again with shapes`);
    return { name, ...type };
  });
}
