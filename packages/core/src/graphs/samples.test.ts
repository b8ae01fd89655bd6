import { describe, expect, test } from "vitest";
import { engine } from "../../test/tiny-task.js";
import { tinyGin, triangles } from "../../test/tiny-gin.js";
import { float32, GraphBuilder } from "@taskhead/autograd";
import { openBackbone } from "../backbone/backbone.js";
import { beyondTable, typedInputs } from "../backbone/codes.js";
import { classTargets } from "../data/targets.js";
import { upTo } from "../data/samples.js";
import { edgesOf, nodesOf, pickGraphs, requireGraphs, type Graphs } from "./graphs.js";
import { graphInputs } from "./inputs.js";
import { graphs } from "./modality.js";
import { bounded, graphSamples, mostOfBatch, usualInputs } from "./samples.js";

/** A pair, a lone node, and a path of three; two numbers a node, one an edge. */
const three: Graphs = {
  count: 3,
  targets: classTargets([0, 1, 0]),
  nodes: Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
  nodeWidth: 2,
  nodeStarts: Uint32Array.of(0, 2, 3, 6),
  sources: Int32Array.of(0, 1, 0, 1, 1, 2),
  destinations: Int32Array.of(1, 0, 1, 0, 2, 1),
  edgeStarts: Uint32Array.of(0, 2, 2, 6),
  edges: Int32Array.of(7, 7, 8, 8, 9, 9),
  edgeWidth: 1,
};

const fed = async (graphs: Graphs, indices: readonly number[], inputs = usualInputs(graphs)) => {
  const feeds = await graphSamples(engine, graphs, inputs).feeds(indices);
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { type, dims, data }]) => [
      name,
      [type, dims, Array.from(data as never, Number)],
    ]),
  );
};

test("a code that the model's table lacks is told with its graph, its place and the table's size", () => {
  // 4 kinds of nodes, 2 of edges.
  const { inputs } = openBackbone(tinyGin(), { modality: graphs() });
  const taken = graphInputs(inputs);
  const one: Graphs = { ...three, nodes: Int32Array.of(0, 1, 2, 3, 3, 3), nodeWidth: 1, edges: new Int32Array(6) };
  expect(graphSamples(engine, one, taken).count).toBe(3);
  const beyond = { ...one, nodes: Int32Array.of(0, 1, 2, 3, 4, 3) };
  expect(() => graphSamples(engine, beyond, taken)).toThrow(
    /^graph 2: node 1 has 4 in column 0 of 'x', and the model's table for it has 4 rows, 0 to 3; make the features/,
  );
  const named = { ...one, edges: Int32Array.of(0, 0, -1, 0, 0, 0), names: ["a.csv:2", "a.csv:3", "a.csv:5"] };
  expect(() => graphSamples(engine, named, taken)).toThrow(
    /^a\.csv:5: edge 0 has -1 in column 0 of 'edge_attr', .* 2 rows/,
  );
});

test("tables are found behind single columns, however they are taken", () => {
  const b = new GraphBuilder("codes");
  const x = b.input("x", "int64", ["nodes", 4]);
  const table = (rows: number) => b.initializer(b.fresh("table"), float32(new Float32Array(2 * rows), [rows, 2]));
  const column = b.op("Gather", [x, b.integer(-1)], { axis: 1 });
  const slice = b.op("Squeeze", [b.slice(x, 1, 1, 2), b.ints([1])]);
  const shifted = b.op("Add", [b.op("Gather", [x, b.integer(0)], { axis: 1 }), b.integer(5)]);
  const parts = [b.op("Gather", [table(9), b.op("Cast", [column], { to: 6 })]), b.op("Gather", [table(7), slice])];
  b.setOutputs({ y: b.add(b.add(parts[0]!, parts[1]!), b.op("Gather", [table(3), shifted])) });
  const [input] = typedInputs(b.graph);
  expect([input!.tables!.all, ...input!.tables!.columns]).toEqual([undefined, [3, 9], [1, 7]]);
  expect(beyondTable([99, 6, 99, 8, 99, 6, 99, 9], 4, input!)).toEqual({ row: 1, column: 3, value: 9, rows: 9 });
});

describe("a batch of graphs", () => {
  test("is their disjoint union, in the order that is asked for", async () => {
    expect(await fed(three, [2, 1, 0])).toEqual({
      x: ["int64", [6, 2], [7, 8, 9, 10, 11, 12, 5, 6, 1, 2, 3, 4]],
      edge_index: ["int64", [2, 6], [0, 1, 1, 2, 4, 5, 1, 0, 2, 1, 5, 4]],
      edge_attr: ["int64", [6, 1], [8, 8, 9, 9, 7, 7]],
      batch: ["int64", [6], [0, 0, 0, 1, 2, 2]],
      node_counts: ["int64", [3], [3, 1, 2]],
    });
  });

  test("may have no edge at all, and be fed by other names, in other types", async () => {
    const inputs = graphInputs([
      { name: "atoms", dtype: "float32", shape: ["n", 2] },
      { name: "bonds", dtype: "int32", shape: [2, "e"] },
      { name: "edge_weight", dtype: "float32", shape: ["e"] },
      { name: "ptr", dtype: "int64", shape: ["p"] },
      { name: "num_graphs", dtype: "int64", shape: [] },
      { name: "num_nodes", dtype: "int64", shape: [1] },
    ]);
    expect(await fed(three, [1], inputs)).toEqual({
      atoms: ["float32", [1, 2], [5, 6]],
      bonds: ["int32", [2, 0], []],
      edge_weight: ["float32", [0], []],
      ptr: ["int64", [2], [0, 1]],
      num_graphs: ["int64", [], [1]],
      num_nodes: ["int64", [1], [1]],
    });
  });

  test("of some graphs alone is the same", async () => {
    expect(await fed(pickGraphs(three, [2, 0]), [0, 1])).toEqual(await fed(three, [2, 0]));
  });
});

describe("graphs are refused", () => {
  const bad = (change: Partial<Graphs>) => () => requireGraphs({ ...three, ...change });
  test.each([
    [{ nodeStarts: Uint32Array.of(0, 2, 2, 6) }, /graph 1 has no nodes; leave it out/],
    [{ sources: Int32Array.of(0, 1, 0, 1, 1, 3) }, /edge 3 of graph 2 names node 3, but the graph's nodes are 0 to 2/],
    [{ destinations: Int32Array.of(1, -1, 1, 0, 2, 1) }, /edge 1 of graph 0 names node -1/],
    [{ destinations: Int32Array.of(1) }, /6 sources of edges, but 1 destinations/],
    [{ edges: Int32Array.of(1) }, /edges holds 1 numbers, but 6 edges of 1 have 6/],
    [{ nodeStarts: Uint32Array.of(0, 2, 3, 5) }, /nodeStarts ends at 5, which makes 10 numbers, but there are 12/],
    [{ edgeStarts: Uint32Array.of(0, 3, 2, 6) }, /edgeStarts must ascend from 0/],
    [{ targets: classTargets([0]) }, /3 graphs, but targets of 1/],
  ])("%#", (change, message) => expect(bad(change)).toThrow(message));

  test("where the model takes other features", () => {
    const taking = (x: string, more: Partial<ReturnType<typeof usualInputs>> = {}, graphs: Graphs = three) =>
      graphSamples(engine, graphs, {
        ...usualInputs(three),
        x: { name: "x", dtype: x as "int64", shape: ["n", 9] },
        ...more,
      });
    expect(() => taking("int64")).toThrow(/the model's 'x' takes 9 numbers of each node, and these graphs have 2/);
    const own = { x: { name: "x", dtype: "int64", shape: ["n", 2] } } as const;
    const { edges: _, ...bare } = three;
    expect(() => taking("int64", own, bare)).toThrow(
      /takes features of edges \('edge_attr'\), and these graphs have none/,
    );
    const halves = { ...three, nodes: Float32Array.from(three.nodes, (v) => v / 2) };
    expect(() => taking("int64", own, halves)).toThrow(/takes whole numbers, and node 0 has 0.5/);
  });
});

test("batches for evaluation are bounded by nodes and edges, those for training are not", () => {
  const large = { nodeStarts: new Uint32Array(11), edgeStarts: new Uint32Array(11) };
  for (let i = 1; i <= 10; i++) {
    large.nodeStarts[i] = i * 5000;
    large.edgeStarts[i] = i * 10_000;
  }
  const batches = bounded(large, upTo(10), 64);
  expect(batches.flat()).toEqual(upTo(10));
  const sizes = batches.map((own) => own.reduce((sum, i) => sum + nodesOf(large, i) + edgesOf(large, i), 0));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(mostOfBatch);
  expect(bounded(large, upTo(2), 1)).toEqual([[0], [1]]);
  const samples = graphSamples(engine, triangles(10, 1), usualInputs(triangles(10, 1)));
  expect(samples.batches([9, 0, 4, 2], 3)).toEqual([[9, 0, 4], [2]]);
});
