import { expect, it } from "vitest";
import { node } from "../../test/models.js";
import type { Graph } from "./model.js";
import { dependencies, dependents, nodesFor, producers, usedOnce, uses } from "./walk.js";

// x → a → (b, c); a pool without its indices; d reads c twice; a body takes b from around it.
const body: Graph = {
  name: "body",
  inputs: [],
  outputs: [{ name: "inner" }],
  nodes: [node("Neg", "b", "inner")],
  initializers: new Map(),
};
const nodes = [
  node("Relu", "x", "a"),
  node("Split", "a", "b c"),
  { ...node("MaxPool", "w", "p"), outputs: ["p", ""] },
  node("Clip", "c _ c", "d"),
  node("If", "flag", "e", { then_branch: body }),
];

it("follows values to what depends on them, into subgraphs too", () => {
  expect([...dependents(nodes, ["x"])]).toEqual(["x", "a", "b", "c", "d", "e"]);
  expect([...dependents(nodes, ["w", "flag"])].sort()).toEqual(["e", "flag", "p", "w"]);
});

it("follows values to what they depend on, and takes no input left out for an output left out", () => {
  expect([...dependencies(nodes, ["d"])].sort()).toEqual(["a", "c", "d", "x"]);
  expect([...dependencies(nodes, ["e"])]).toEqual(expect.arrayContaining(["flag", "b", "x"]));
  expect(nodesFor(nodes, ["d"]).map((n) => n.opType)).toEqual(["Relu", "Split", "Clip"]);
});

it("finds a value's producer and where it is read", () => {
  expect(producers(nodes).get("c")!.opType).toBe("Split");
  expect(producers(nodes).has("")).toBe(false);
  expect(uses(nodes).get("c")).toEqual([
    { node: nodes[3], input: 0 },
    { node: nodes[3], input: 2 },
  ]);
  expect(uses(nodes).has("")).toBe(false);
});

it("finds what is read in one place alone, an output's value not among it", () => {
  const outputs = [{ name: "b" }];
  // b would be read once, by the body, were it no output; c is read twice by one node.
  const graph: Graph = { name: "g", inputs: [], outputs, nodes, initializers: new Map() };
  expect([...usedOnce(graph)].sort()).toEqual(["a", "flag", "w", "x"]);
  expect(usedOnce({ ...graph, outputs: [] })).toContain("b");
});
