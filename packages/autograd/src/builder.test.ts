import { describe, expect, it } from "vitest";
import { modelFrom, node } from "../test/models.js";
import { GraphBuilder } from "./builder.js";
import { ModelError } from "./graph/errors.js";
import { float32 } from "./graph/tensor.js";
import { buildOn } from "./lower/build-on.js";

/** x → Relu → h, plus w; `same` is another name of h. */
const model = modelFrom({
  inputs: { x: [2] },
  initializers: { w: float32([1, 2]) },
  nodes: [node("Relu", "x", "h"), node("Identity", "h", "same"), node("Add", "same w", "y")],
  outputs: ["y"],
});

describe("a name is given once", () => {
  it.each<[string, (b: GraphBuilder, name: string) => void]>([
    ["the weight", (b, name) => b.initializer(name, float32([0, 0]))],
    ["the input", (b, name) => b.input(name, "float32", [2])],
    ["the output of Neg 'node/neg',", (b, name) => b.append({ ...node("Neg", "x", "neg"), outputs: [name] })],
  ])("%s", (what, declare) => {
    for (const name of ["x", "w", "h", "y", "same"]) {
      const b = buildOn(model);
      const before = JSON.stringify([b.graph.nodes, b.graph.inputs, [...b.graph.initializers.keys()]]);
      expect(() => declare(b, name)).toThrow(ModelError);
      expect(() => declare(b, name)).toThrow(
        `${what} '${name}' would clash with a value of that name in the graph; rename one of them`,
      );
      expect(JSON.stringify([b.graph.nodes, b.graph.inputs, [...b.graph.initializers.keys()]])).toBe(before);
    }
  });

  it("the output, but for a name that an Identity gave and nothing in the graph has", () => {
    const b = buildOn(model);
    for (const name of ["x", "w", "h"])
      expect(() => b.setOutputs({ [name]: "y" })).toThrow(/the output '.' would clash with a value of that name/);
    b.setOutputs({ same: "y" });
    expect(b.model().graph.outputs.map((o) => o.name)).toEqual(["same"]);
  });

  it("in a model put together in memory, too", () => {
    const { graph } = model;
    const twice = { ...model, graph: { ...graph, nodes: [...graph.nodes, node("Abs", "x", "h")] } };
    expect(() => buildOn(twice)).toThrow(/the output of Abs 'node\/h', 'h' would clash/);
    const both = { ...model, graph: { ...graph, initializers: new Map([["x", float32([0, 0])]]) } };
    expect(() => buildOn(both)).toThrow(/the input 'x' would clash/);
  });
});

it("makes names that nothing has, of nodes still to come either", () => {
  const b = new GraphBuilder();
  b.input("x", "float32", [2]);
  b.reserve([node("Neg", "x", "Neg~1")]);
  const made = b.neg("x");
  expect(made).not.toBe("Neg~1");
  expect(() => b.append(node("Neg", "x", "Neg~1"))).not.toThrow();
});

describe("sizes", () => {
  it("that are the same are one value, under any of its names, if asked for", () => {
    const b = new GraphBuilder("shared", undefined, { sharesSizes: true });
    const [x, y] = [b.input("x", "float32", ["batch", "tokens", 4]), b.input("y", "int64", ["batch", "tokens"])];
    const counts = [x, y].map((v) => b.op("Shape", [v], { start: 0, end: 2 }));
    expect(counts[1]).toBe(counts[0]);
    const tokens = b.op("Gather", [counts[0]!, b.integer(1)]);
    expect(b.op("Squeeze", [b.op("Shape", [y], { start: 1, end: 2 }), b.ints([0])])).toBe(tokens);
    expect(b.op("Shape", [y], { start: 0, end: 1 })).not.toBe(b.op("Shape", [y], { start: 1, end: 2 }));
    b.append({ ...node("Shape", "y", "shape"), outputs: ["shape"] });
    b.setOutputs({ shape: "shape", tokens });
    expect(b.model().graph.outputs.map(({ name }) => name)).toEqual(["shape", "tokens"]);
  });

  it("that the body of a Scan computes are not there outside it", () => {
    const b = new GraphBuilder("scan", undefined, { sharesSizes: true });
    const x = b.input("x", "float32", ["batch", 4]);
    const body = b.subgraph([{ dtype: "float32", shape: [4] }], ([row]) => [b.op("Shape", [x]), row!]);
    expect(body.outputs[0]!.name).not.toBe(b.op("Shape", [x]));
  });
});
