import type { Tensor } from "onnxruntime-common";
import type { TypedInput } from "../backbone/modality.js";
import { DataError } from "../given/errors.js";
import { rows } from "../data/cached-values.js";
import type { Engine } from "../engine/engine.js";
import type { Feeds } from "../engine/session.js";
import { edgesOf, nodesOf, placesOf, type Graphs } from "./graphs.js";
import type { GraphInputs, GraphRole } from "./inputs.js";

/**
 * Some graphs as one batch, their disjoint union: nodes and edges one graph after another, each graph's nodes numbered after
 * those of the graphs before it. Every input is fed by its own name and in its own type.
 */
export function graphTensors(engine: Engine, graphs: Graphs, indices: readonly number[], inputs: GraphInputs): Feeds {
  const batch = new Union(graphs, indices);
  const feeds: Feeds = {};
  for (const [role, input] of Object.entries(inputs) as [GraphRole, TypedInput][]) {
    feeds[input.name] = tensorOf(engine, input, batch[role]());
  }
  return feeds;
}

/** What one of the inputs holds. */
interface Part {
  readonly values: Int32Array | Float32Array;
  readonly dims: readonly number[];
}

class Union implements Record<GraphRole, () => Part> {
  /** Of each graph, [graphs]. */
  readonly #nodes: number[];
  readonly #edges: number[];
  /** Nodes of the graphs before each; [graphs + 1]. */
  readonly #offsets: number[];

  constructor(
    private readonly graphs: Graphs,
    private readonly indices: readonly number[],
  ) {
    this.#nodes = indices.map((i) => nodesOf(graphs, i));
    this.#edges = indices.map((i) => edgesOf(graphs, i));
    let end = 0;
    this.#offsets = [0, ...this.#nodes.map((count) => (end += count))];
  }

  x(): Part {
    const { nodes, nodeWidth, nodeStarts } = this.graphs;
    return {
      values: rows(nodes, nodeWidth, placesOf(nodeStarts, this.indices)),
      dims: [this.#offsets.at(-1)!, nodeWidth],
    };
  }

  edge_index(): Part {
    const total = this.#edgeCount();
    const ends = new Int32Array(2 * total);
    let at = 0;
    this.indices.forEach((index, i) => {
      const first = this.graphs.edgeStarts[index]!;
      for (let e = 0; e < this.#edges[i]!; e++, at++) {
        ends[at] = this.graphs.sources[first + e]! + this.#offsets[i]!;
        ends[total + at] = this.graphs.destinations[first + e]! + this.#offsets[i]!;
      }
    });
    return { values: ends, dims: [2, total] };
  }

  edge_attr(): Part {
    const { edges, edgeWidth, edgeStarts } = this.graphs;
    if (!edges) throw new DataError("the model takes features of edges, and these graphs have none");
    const values = rows(edges, edgeWidth, placesOf(edgeStarts, this.indices));
    return { values, dims: [this.#edgeCount(), edgeWidth] };
  }

  batch(): Part {
    const of = new Int32Array(this.#offsets.at(-1)!);
    this.#nodes.forEach((count, i) => of.fill(i, this.#offsets[i], this.#offsets[i]! + count));
    return list(of);
  }

  node_counts(): Part {
    return list(Int32Array.from(this.#nodes));
  }

  ptr(): Part {
    return list(Int32Array.from(this.#offsets));
  }

  num_graphs(): Part {
    return list(Int32Array.of(this.indices.length));
  }

  num_nodes(): Part {
    return list(Int32Array.of(this.#offsets.at(-1)!));
  }

  #edgeCount(): number {
    return this.#edges.reduce((sum, count) => sum + count, 0);
  }
}

function list(values: Int32Array): Part {
  return { values, dims: [values.length] };
}

/** @param input what takes it: one number a node may be wanted as a list, and one number in all as a scalar */
function tensorOf(engine: Engine, { dtype, shape }: TypedInput, { values, dims }: Part): Tensor {
  const own = dims.slice(0, shape.length);
  switch (dtype) {
    case "int64":
      return engine.tensor("int64", wholeNumbers(values), own);
    case "int32":
      return engine.tensor("int32", Int32Array.from(values), own);
    default:
      return engine.tensor("float32", Float32Array.from(values), own);
  }
}

/** As int64. A number at a time as a BigInt, a batch of molecules would take as long as a layer of a small network. */
function wholeNumbers(values: Int32Array | Float32Array): BigInt64Array {
  if (values instanceof Float32Array) return BigInt64Array.from(values, BigInt);
  const numbers = new BigInt64Array(values.length);
  // Every platform that the runtime is built for has the lower half in front.
  const halves = new Int32Array(numbers.buffer);
  values.forEach((value, i) => {
    halves[2 * i] = value;
    halves[2 * i + 1] = value < 0 ? -1 : 0;
  });
  return numbers;
}
