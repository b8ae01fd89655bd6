import { DataError } from "../given/errors.js";
import { inOrder, type Samples } from "../data/samples.js";
import type { Engine } from "../engine/engine.js";
import { edgesOf, nodesOf, type Graphs } from "./graphs.js";
import type { TypedInput } from "../backbone/modality.js";
import { beyondTable } from "../backbone/codes.js";
import { ownName, type GraphInputs } from "./inputs.js";
import { graphTensors } from "./tensors.js";

/** The most nodes and edges, together, of a batch that nothing is learnt from. */
export const mostOfBatch = 2 ** 15;

/**
 * Graphs as a network takes them. A step of training has the graphs that the order gives it, whatever their size; an
 * ascending order, which is that of features and evaluation, is cut so that no batch has more than `mostOfBatch` nodes and
 * edges, unless a single graph has.
 * @throws {DataError} for graphs that are not what the inputs take
 */
export function graphSamples(engine: Engine, graphs: Graphs, inputs: GraphInputs): Samples {
  requireTaken(graphs, inputs);
  return {
    count: graphs.count,
    targets: graphs.targets,
    batches: (order, size) => (isAscending(order) ? bounded(graphs, order, size) : inOrder(order, size)),
    feeds: async (indices) => graphTensors(engine, graphs, indices, inputs),
  };
}

function isAscending(order: readonly number[]): boolean {
  return order.every((index, i) => i === 0 || order[i - 1]! <= index);
}

/** An order cut into batches of at most `size` graphs, and of `mostOfBatch` nodes and edges, unless a single graph has more. */
export function bounded(
  graphs: Pick<Graphs, "nodeStarts" | "edgeStarts">,
  order: readonly number[],
  size: number,
): number[][] {
  const batches: number[][] = [];
  let total = 0;
  for (const index of order) {
    const own = nodesOf(graphs, index) + edgesOf(graphs, index);
    const last = batches.at(-1);
    if (last && last.length < size && total + own <= mostOfBatch) {
      last.push(index);
      total += own;
    } else {
      batches.push([index]);
      total = own;
    }
  }
  return batches;
}

/** The usual inputs, for graphs whose model is not known: all that they have, in the types that they have it in. */
export function usualInputs({ nodes, nodeWidth, edges, edgeWidth }: Graphs): GraphInputs {
  const typeOf = (values: Int32Array | Float32Array) => (values instanceof Int32Array ? "int64" : "float32");
  return {
    x: { name: "x", dtype: typeOf(nodes), shape: ["nodes", nodeWidth] },
    edge_index: { name: "edge_index", dtype: "int64", shape: [2, "edges"] },
    ...(edges ? { edge_attr: { name: "edge_attr", dtype: typeOf(edges), shape: ["edges", edgeWidth] } } : {}),
    batch: { name: "batch", dtype: "int64", shape: ["nodes"] },
    node_counts: { name: "node_counts", dtype: "int64", shape: ["graphs"] },
  };
}

function requireTaken(graphs: Graphs, inputs: GraphInputs): void {
  const { nodes, nodeWidth, edges, edgeWidth, nodeStarts, edgeStarts } = graphs;
  requireWidth("node", nodes, nodeWidth, inputs.x);
  requireCodes("node", { values: nodes, width: nodeWidth, starts: nodeStarts }, graphs, inputs.x);
  if (!inputs.edge_attr) return;
  if (!edges)
    throw new DataError(
      `the model takes features of edges ('${inputs.edge_attr.name}'), and these graphs have none; give some, or another model`,
    );
  requireWidth("edge", edges, edgeWidth, inputs.edge_attr);
  requireCodes("edge", { values: edges, width: edgeWidth, starts: edgeStarts }, graphs, inputs.edge_attr);
}

/** Numbers that choose rows of the model's tables are among them. */
function requireCodes(
  what: string,
  { values, width, starts }: { values: Int32Array | Float32Array; width: number; starts: Uint32Array },
  { names }: Graphs,
  input: TypedInput,
): void {
  const beyond = beyondTable(values, width, input);
  if (!beyond) return;
  const { row, column, value, rows } = beyond;
  const graph = starts.findIndex((start, i) => start <= row && row < starts[i + 1]!);
  throw new DataError(
    `${names?.[graph] ?? `graph ${graph}`}: ${what} ${row - starts[graph]!} has ${value} in column ${column} of '${ownName(input.name)}', and the model's table for it has ${rows} rows, 0 to ${rows - 1}; make the features that the model was pretrained on, or leave the graph out`,
  );
}

function requireWidth(
  what: string,
  values: Int32Array | Float32Array,
  width: number,
  { name, dtype, shape }: TypedInput,
): void {
  const wanted = shape.length === 1 ? 1 : shape[1];
  if (typeof wanted === "number" && width !== wanted)
    throw new DataError(
      `the model's '${name}' takes ${wanted} numbers of each ${what}, and these graphs have ${width}; make the features that the model was pretrained on`,
    );
  if (dtype === "float32" || values instanceof Int32Array) return;
  const broken = values.findIndex((value) => !Number.isInteger(value));
  if (broken >= 0)
    throw new DataError(
      `the model's '${name}' takes whole numbers, and ${what} ${Math.floor(broken / width)} has ${values[broken]}; make the features that the model was pretrained on`,
    );
}
