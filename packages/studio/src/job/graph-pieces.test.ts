import { classTargets, type Graphs } from "@taskhead/core";
import { expect, test } from "vitest";
import { graphsIn, piecesOf, shapeOf } from "./graph-pieces.js";
import { packed, unpacked } from "./parts.js";

test("graphs come back from bytes as they were, whole numbers and fractions", () => {
  const targets = classTargets([0, 1]);
  const own = {
    targets,
    names: ["a", "b"],
    count: 2,
    nodeStarts: Uint32Array.of(0, 1, 3),
    edgeStarts: Uint32Array.of(0, 0, 2),
    sources: Int32Array.of(0, 1),
    destinations: Int32Array.of(1, 0),
  };
  const all: readonly Graphs[] = [
    { ...own, nodes: Float32Array.of(0.5, 1, 2, 3, 4, 5), nodeWidth: 2, edges: Int32Array.of(7, 8), edgeWidth: 1 },
    { ...own, nodes: Int32Array.of(1, 2, 3), nodeWidth: 1, edgeWidth: 0 },
  ];
  for (const graphs of all) {
    const pieces = unpacked(packed([new Uint8Array(3), ...piecesOf(graphs)])).slice(1);
    expect(graphsIn(pieces, shapeOf(graphs), { targets, names: own.names })).toEqual(graphs);
  }
});
