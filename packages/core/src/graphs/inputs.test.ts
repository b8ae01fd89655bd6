import { describe, expect, test } from "vitest";
import type { TypedInput } from "../backbone/modality.js";
import { graphInputs } from "./inputs.js";

/** `x int64 nodes,9` → an input; sizes that are no numbers are free. */
function input(text: string): TypedInput {
  const [name, dtype, sizes = ""] = text.split(" ") as [string, TypedInput["dtype"], string?];
  const shape = sizes.split(",").flatMap((size) => (size === "" ? [] : [/^\d+$/.test(size) ? Number(size) : size]));
  return { name, dtype, shape };
}

const found = (texts: readonly string[], named?: Parameters<typeof graphInputs>[1]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(graphInputs(texts.map(input), named)).map(([role, { name }]) => [role, name as string]),
  );

describe("the inputs of a graph network are found", () => {
  test.each([
    [
      "by the names of PyTorch Geometric",
      ["x float32 nodes,6", "edge_index int64 2,edges", "batch int64 nodes"],
      { x: "x", edge_index: "edge_index", batch: "batch" },
    ],
    [
      "by those of the Deep Graph Library, whatever stands before and behind them",
      ["g.node_feat:0 float32 n,4", "g.edge_index:0 int32 2,e", "g.edge_feat float32 e,2", "g.batch_num_nodes int64 g"],
      { x: "g.node_feat:0", edge_index: "g.edge_index:0", edge_attr: "g.edge_feat", node_counts: "g.batch_num_nodes" },
    ],
    [
      "where edges come first, weights are a list, and graphs are told by offsets or their number",
      [
        "edges int64 2,e",
        "atoms int64 n",
        "edge_weight float32 e",
        "ptr int64 g1",
        "num_graphs int64",
        "num_nodes int64",
      ],
      {
        edge_index: "edges",
        x: "atoms",
        edge_attr: "edge_weight",
        ptr: "ptr",
        num_graphs: "num_graphs",
        num_nodes: "num_nodes",
      },
    ],
    [
      "by their shapes where their names say nothing",
      ["arg0 float32 s0,6", "arg1 int64 2,s1", "arg2 int64 s0"],
      { x: "arg0", edge_index: "arg1", batch: "arg2" },
    ],
    [
      "under the names that a model had to give them",
      ["own.z int64 n", "edge_index int64 2,e"],
      { x: "own.z", edge_index: "edge_index" },
    ],
  ])("%s", (_, inputs, expected) => expect(found(inputs)).toEqual(expected));

  test("by what is said of them", () => {
    const inputs = ["a float32 n,6", "b float32 m,6", "edge_index int64 2,e"];
    expect(found(inputs, { x: "b", edge_attr: "a" })).toEqual({ x: "b", edge_attr: "a", edge_index: "edge_index" });
  });
});

test.each([
  [
    ["pixel_values float32 batch,3,32,32"],
    /takes pixel_values float32 \[batch, 3, 32, 32\]: 'pixel_values' is none of a graph's; say which is which by option inputs/,
  ],
  [["x float32 n,6", "batch int64 n"], /none of it is edge_index, source and destination of every edge \[2, edges\]/],
  [["edge_index int64 2,e"], /none of it is x, features of every node/],
  [["x float32 n,6", "z int64 n", "edge_index int64 2,e"], /'x' and 'z' both seem to be x, features of every node/],
  [
    ["x float32 11,6", "edge_index int64 2,30"],
    /'x' is for graphs of one size alone; export it again with dynamic axes/,
  ],
  [["x float32 n,6", "edge_index int64 2,30"], /'edge_index' is for graphs of one size alone/],
  [["x float32 n,6", "edge_index int64 2,e", "counts int64 3"], /'counts' is for one number of graphs alone/],
])("inputs %j are refused", (inputs, message) => {
  expect(() => graphInputs(inputs.map(input))).toThrow(message);
});

test.each([
  [{ x: "y" }, /none of it is 'y', which was named as x/],
  [{ edge_index: "x" }, /'x' cannot be edge_index, source and destination of every edge/],
  [{ x: "x", edge_attr: "x" }, /'x' was named twice/],
] as const)("what is said of inputs, %j, is refused where it cannot be", (named, message) => {
  expect(() => graphInputs(["x float32 n,6", "edge_index int64 2,3"].map(input), named)).toThrow(message);
});
