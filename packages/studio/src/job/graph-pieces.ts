import type { Graphs } from "@taskhead/core";

/** How the numbers of graphs are read that are kept as bytes. */
export interface GraphShape {
  /** Numbers of a node, and of an edge. */
  readonly widths: readonly [nodes: number, edges: number];
  /** Whether they are fractions; else int32. */
  readonly fractions: readonly [nodes: boolean, edges: boolean];
}

export function shapeOf({ nodes, nodeWidth, edges, edgeWidth }: Graphs): GraphShape {
  return { widths: [nodeWidth, edgeWidth], fractions: [isFractions(nodes), isFractions(edges)] };
}

/** The numbers of graphs as bytes: nodes, where those of each begin, sources, destinations, where edges begin, edges. */
export function piecesOf({ nodes, nodeStarts, sources, destinations, edgeStarts, edges }: Graphs): Uint8Array[] {
  const whole = [nodeStarts, sources, destinations, edgeStarts].map((own) => bytesOf(Int32Array.from(own)));
  const [starts, from, to, edgesFrom] = whole as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  return [bytesOf(nodes), starts, from, to, edgesFrom, bytesOf(edges ?? new Int32Array(0))];
}

/** What `piecesOf` made of graphs. */
export function graphsIn(
  parts: readonly Uint8Array[],
  { widths: [nodeWidth, edgeWidth], fractions }: GraphShape,
  own: Pick<Graphs, "targets" | "names">,
): Graphs {
  const [nodes, nodeStarts, sources, destinations, edgeStarts, edges] = parts as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const starts = Uint32Array.from(whole(nodeStarts));
  return {
    ...own,
    count: starts.length - 1,
    nodes: numbers(nodes, fractions[0]),
    nodeWidth,
    nodeStarts: starts,
    sources: whole(sources),
    destinations: whole(destinations),
    edgeStarts: Uint32Array.from(whole(edgeStarts)),
    ...(edgeWidth > 0 ? { edges: numbers(edges, fractions[1]) } : {}),
    edgeWidth,
  };
}

function isFractions(values: Graphs["edges"]): boolean {
  return values instanceof Float32Array;
}

function bytesOf(values: Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function numbers(part: Uint8Array, fractions: boolean): Int32Array | Float32Array {
  return fractions ? new Float32Array(part.slice().buffer) : whole(part);
}

/** Bytes may begin anywhere, and four of them are a number. */
function whole(part: Uint8Array): Int32Array {
  return new Int32Array(part.slice().buffer);
}
