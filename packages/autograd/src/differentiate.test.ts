import { describe, expect, it } from "vitest";
import { run } from "../test/gradient-check.js";
import { modelFrom, node } from "../test/models.js";
import { differentiate } from "./differentiate.js";
import { ModelError } from "./graph/errors.js";
import { float32 } from "./graph/tensor.js";
import { loadModel } from "./io/load.js";
import { writeModel } from "./io/write.js";
import type { Loss } from "./training/losses/loss.js";

/** y = (x·w) ⊙ g; loss = Σ y. The gate g is small enough to be folded, were it not asked for. */
const model = modelFrom({
  inputs: { x: [1, 2], other: [1] },
  initializers: { w: float32([1, 2, 3, 4], [2, 2]), g: float32([5, 6]), one: float32([1], []) },
  nodes: [
    node("Mul", "g one", "gate"),
    node("MatMul", "x w", "h"),
    node("Mul", "h gate", "y"),
    node("ReduceSum", "y", "sum", { keepdims: 0 }),
  ],
  outputs: ["y", "sum"],
});
const x = { x: { data: Float32Array.of(1, -1), shape: [1, 2] } };

it("adds gradients by inputs, weights and values in between to the model's outputs", async () => {
  const gradients = differentiate(model, { loss: "sum", wrt: ["x", "w", "g", "h"] });
  expect(gradients.graph.inputs.map((v) => v.name)).toEqual(["x"]); // the other one is not needed
  const results = await run(gradients, x);
  expect(Object.fromEntries(Object.entries(results).map(([name, data]) => [name, [...data]]))).toEqual({
    y: [-10, -12],
    sum: [-22],
    loss: [-22],
    "gradient.x": [17, 39],
    "gradient.w": [5, 6, -5, -6],
    "gradient.g": [-2, -2],
    "gradient.h": [5, 6],
  });
});

it("gives the same gradients from a file", async () => {
  const loaded = loadModel(writeModel(differentiate(loadModel(writeModel(model)), { loss: "sum", wrt: ["g"] })));
  expect([...(await run(loaded, x))["gradient.g"]!]).toEqual([-2, -2]);
});

it("takes a loss to append, with inputs of its own", async () => {
  const squared: Loss = {
    attach(b) {
      const error = b.sub("y", b.input("target", "float32", [1, 2]));
      return b.op("ReduceSum", [b.mul(error, error)], { keepdims: 0 });
    },
  };
  const gradients = differentiate(model, { loss: squared, wrt: ["g"] });
  const results = await run(gradients, { ...x, target: { data: Float32Array.of(0, 1), shape: [1, 2] } });
  expect([...results["gradient.g"]!]).toEqual([40, 52]);
});

it("adds up the gradients of a weight that two layers share", async () => {
  const tied = modelFrom({
    inputs: { x: [1, 2] },
    initializers: { w: float32([1, 2, 3, 4], [2, 2]) },
    nodes: [
      node("Identity", "w", "same"),
      node("MatMul", "x w", "h"),
      node("MatMul", "h same", "y"),
      node("ReduceSum", "y", "sum", { keepdims: 0 }),
    ],
    outputs: ["sum"],
  });
  // loss = x·w·w·1: by w it is xᵀ(w·1)ᵀ + (x·w)ᵀ1ᵀ.
  const results = await run(differentiate(tied, { loss: "sum", wrt: ["w"] }), x);
  expect([...results["gradient.w"]!]).toEqual([3 - 2, 7 - 2, -3 - 2, -7 - 2]);
});

describe("refuses in one line", () => {
  it.each([
    ["a loss that is no scalar", "y", ["x"], /the loss 'y' is float32 \[1, 2\], not a scalar of floats; reduce it/],
    ["a loss that is not there", "z", ["x"], /no value named 'z'/],
    ["a name that is not there", "sum", ["v"], /no value named 'v'/],
    ["a value that the loss does not depend on", "sum", ["other"], /the loss does not depend on 'other'/],
  ])("%s", (_, loss, wrt, message) => {
    expect(() => differentiate(model, { loss, wrt })).toThrow(ModelError);
    expect(() => differentiate(model, { loss, wrt })).toThrow(message);
  });

  it("an input of the loss that would clash with one of the model", () => {
    const loss: Loss = { attach: (b) => b.input("x", "float32", []) };
    expect(() => differentiate(model, { loss, wrt: ["x"] })).toThrow(/the input 'x' would clash/);
  });

  it("an output that would clash with a value of the model", () => {
    const own = { ...model, graph: { ...model.graph, nodes: [...model.graph.nodes, node("Abs", "y", "loss")] } };
    expect(() => differentiate(own, { loss: "sum", wrt: ["x"] })).toThrow(/'loss' would clash with a value/);
  });
});

const rounded = modelFrom({
  inputs: { x: [3] },
  nodes: [node("Round", "x", "r"), node("Mul", "r r", "s"), node("ReduceSum", "s", "loss", { keepdims: 0 })],
  outputs: ["loss"],
});
const three = { x: { data: Float32Array.of(0.6, 1.7, -2.2), shape: [3] } };

describe("rules of the user's own", () => {
  it("take the place of the library's, for one call", async () => {
    // The straight-through estimator: rounding passes the gradient on as it is.
    const operators = { Round: { gradient: ({ dy }: { dy: string }) => [() => dy] } };
    const through = differentiate(rounded, { loss: "loss", wrt: ["x"], operators });
    expect([...(await run(through, three))["gradient.x"]!]).toEqual([2, 4, -4]);
    const plain = differentiate(rounded, { loss: "loss", wrt: ["x"] });
    expect([...(await run(plain, three))["gradient.x"]!].map(Math.abs)).toEqual([0, 0, 0]);
  });

  it("make a rewritten operator stay as it is", async () => {
    const gelu = modelFrom({
      inputs: { x: [3] },
      nodes: [node("Gelu", "x", "r", {}, "com.microsoft"), node("ReduceSum", "r", "loss", { keepdims: 0 })],
      outputs: ["loss"],
    });
    const operators = {
      "com.microsoft.Gelu": {
        infer: (c: { types: readonly unknown[] }) => [c.types[0] as { dtype: "float32"; shape: number[] }],
        gradient: ({ dy }: { dy: string }) => [() => dy],
      },
    };
    const own = differentiate(gelu, { loss: "loss", wrt: ["x"], operators });
    expect(own.graph.nodes.map((n) => n.domain)).toContain("com.microsoft");
    expect([...(await run(own, three))["gradient.x"]!]).toEqual([1, 1, 1]);
  });
});
