import { DataError } from "../given/errors.js";
import { rows } from "../data/cached-values.js";
import { pickTargets, targetCount, type Targets } from "../data/targets.js";

/** Labelled graphs, all nodes and all edges one after another. */
export interface Graphs {
  readonly count: number;
  readonly targets: Targets;
  /** Of all nodes, [nodes, nodeWidth] row-major: whole numbers, such as the codes of atoms, or any. */
  readonly nodes: Int32Array | Float32Array;
  readonly nodeWidth: number;
  /** Graph i has nodes nodeStarts[i] … nodeStarts[i + 1] − 1; [count + 1]. */
  readonly nodeStarts: Uint32Array;
  /** Where every edge comes from, numbered within its graph, [edges]. An edge that goes both ways is there twice. */
  readonly sources: Int32Array;
  /** Where it goes to, [edges]. */
  readonly destinations: Int32Array;
  /** Graph i has edges edgeStarts[i] … edgeStarts[i + 1] − 1; [count + 1]. */
  readonly edgeStarts: Uint32Array;
  /** Of all edges, [edges, edgeWidth] row-major; absent where edges have no features. */
  readonly edges?: Int32Array | Float32Array;
  /** 0 where edges have no features. */
  readonly edgeWidth: number;
  /** What each graph is called, for messages. Default: its number. */
  readonly names?: readonly string[];
}

/** Nodes of a graph. */
export function nodesOf({ nodeStarts }: Pick<Graphs, "nodeStarts">, index: number): number {
  return nodeStarts[index + 1]! - nodeStarts[index]!;
}

/** Edges of a graph; one that goes both ways counts twice. */
export function edgesOf({ edgeStarts }: Pick<Graphs, "edgeStarts">, index: number): number {
  return edgeStarts[index + 1]! - edgeStarts[index]!;
}

/** The places of all nodes, or edges, of some graphs, one graph after another. */
export function placesOf(starts: Uint32Array, indices: readonly number[]): number[] {
  return indices.flatMap((index) => {
    const [first, end] = [starts[index]!, starts[index + 1]!];
    return Array.from({ length: end - first }, (_, i) => first + i);
  });
}

/** Some of these graphs, in the order of their indices. */
export function pickGraphs(graphs: Graphs, chosen: readonly number[]): Graphs {
  const startsOf = (starts: Uint32Array): Uint32Array => {
    const own = new Uint32Array(chosen.length + 1);
    chosen.forEach((index, i) => (own[i + 1] = own[i]! + starts[index + 1]! - starts[index]!));
    return own;
  };
  const { nodes, nodeWidth, nodeStarts, sources, destinations, edges, edgeWidth, edgeStarts } = graphs;
  const [atNodes, atEdges] = [placesOf(nodeStarts, chosen), placesOf(edgeStarts, chosen)];
  return {
    count: chosen.length,
    targets: pickTargets(graphs.targets, chosen),
    nodes: rows(nodes, nodeWidth, atNodes),
    nodeWidth,
    nodeStarts: startsOf(nodeStarts),
    sources: rows(sources, 1, atEdges),
    destinations: rows(destinations, 1, atEdges),
    edgeStarts: startsOf(edgeStarts),
    ...(edges ? { edges: rows(edges, edgeWidth, atEdges) } : {}),
    edgeWidth,
    ...(graphs.names ? { names: chosen.map((i) => graphs.names![i]!) } : {}),
  };
}

/**
 * @throws {DataError} for arrays that do not go together, a graph without nodes, and an edge from or to none of its graph's,
 * with the graph's number
 */
export function requireGraphs(graphs: Graphs): void {
  const { count, targets, nodes, nodeWidth, nodeStarts, sources, destinations, edges, edgeWidth, edgeStarts } = graphs;
  requireStarts("nodeStarts", nodeStarts, count, nodes.length, nodeWidth);
  requireStarts("edgeStarts", edgeStarts, count, sources.length, 1);
  if (destinations.length !== sources.length)
    throw new DataError(`there are ${sources.length} sources of edges, but ${destinations.length} destinations`);
  if (edges && edges.length !== sources.length * edgeWidth)
    throw new DataError(
      `edges holds ${edges.length} numbers, but ${sources.length} edges of ${edgeWidth} have ${sources.length * edgeWidth}`,
    );
  if (targetCount(targets) !== count)
    throw new DataError(`there are ${count} graphs, but targets of ${targetCount(targets)}; give a row for each`);
  for (let graph = 0; graph < count; graph++) {
    const own = nodesOf(graphs, graph);
    if (own === 0) throw new DataError(`graph ${graph} has no nodes; leave it out`);
    for (let edge = edgeStarts[graph]!; edge < edgeStarts[graph + 1]!; edge++) {
      const wrong = [sources[edge]!, destinations[edge]!].find((node) => !(node >= 0 && node < own));
      if (wrong !== undefined)
        throw new DataError(
          `edge ${edge - edgeStarts[graph]!} of graph ${graph} names node ${wrong}, but the graph's nodes are 0 to ${own - 1}; number them within their graph`,
        );
    }
  }
}

function requireStarts(name: string, starts: Uint32Array, count: number, length: number, width: number): void {
  if (starts.length !== count + 1)
    throw new DataError(`${name} has ${starts.length} entries, but ${count} graphs want ${count + 1}`);
  const falling = starts.findIndex((start, i) => i > 0 && start < starts[i - 1]!);
  if (starts[0] !== 0 || falling > 0) throw new DataError(`${name} must ascend from 0`);
  if (starts[count]! * width !== length)
    throw new DataError(
      `${name} ends at ${starts[count]}, which makes ${starts[count]! * width} numbers, but there are ${length}`,
    );
}
