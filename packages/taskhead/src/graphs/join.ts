import type { Graphs, Targets } from "@taskhead/core";
import { nodeCount, type Graph } from "./graph.js";

/** Graphs one after another. @param all of the same features */
export function joined(all: readonly Graph[], targets: Targets): Graphs {
  const [first] = all;
  const startsOf = (sizes: readonly number[]): Uint32Array => {
    const starts = new Uint32Array(sizes.length + 1);
    sizes.forEach((size, i) => (starts[i + 1] = starts[i]! + size));
    return starts;
  };
  const edgeWidth = Math.max(0, ...new Set(all.map((graph) => graph.edgeWidth)));
  return {
    count: all.length,
    targets,
    nodes: numbers(all.map(({ nodes }) => nodes)),
    nodeWidth: first?.nodeWidth ?? 0,
    nodeStarts: startsOf(all.map(nodeCount)),
    sources: whole(all.map(({ sources }) => sources)),
    destinations: whole(all.map(({ destinations }) => destinations)),
    edgeStarts: startsOf(all.map(({ sources }) => sources.length)),
    ...(edgeWidth > 0 ? { edges: numbers(all.map(({ edges }) => edges ?? new Int32Array(0))) } : {}),
    edgeWidth,
  };
}

/** Whole numbers where all are. */
function numbers(parts: readonly (Int32Array | Float32Array)[]): Int32Array | Float32Array {
  return parts.every((part) => part instanceof Int32Array)
    ? whole(parts)
    : filled(new Float32Array(sizeOf(parts)), parts);
}

function whole(parts: readonly (Int32Array | Float32Array)[]): Int32Array {
  return filled(new Int32Array(sizeOf(parts)), parts);
}

function sizeOf(parts: readonly ArrayLike<number>[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function filled<T extends Int32Array | Float32Array>(into: T, parts: readonly ArrayLike<number>[]): T {
  let at = 0;
  for (const part of parts) {
    into.set(part, at);
    at += part.length;
  }
  return into;
}
