import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cases } from "../test/cases.js";
import { checkGradients, feedsOf, gradientModel, run, type Case } from "../test/gradient-check.js";
import { modelFrom, node } from "../test/models.js";
import { differentiate } from "./differentiate.js";
import { UnsupportedError } from "./graph/errors.js";
import { float32, int64 } from "./graph/tensor.js";
import { loadModel } from "./io/load.js";
import { writeModel } from "./io/write.js";
import type { EngineName } from "./engines.js";

async function gradientOf(c: Case, engine: EngineName) {
  const model = gradientModel(c, (_, i) => i + 1, { engine });
  return (await run(model, feedsOf(c)))["g.x0"];
}

describe("on webgpu, which has no indices of maxima", () => {
  it("MaxPool's gradient agrees with finite differences", async () => {
    await fc.assert(
      fc.asyncProperty(cases["MaxPool"]!, (c) => checkGradients(c, { engine: "webgpu" })),
      { numRuns: 15, seed: 2 },
    );
  });

  it("MaxPool gives a tie to the first element, where windows overlap too", async () => {
    // Few different values, so that nearly every window holds a tie.
    const values = Array.from({ length: 2 * 2 * 5 * 6 }, (_, i) => (i * i * 7) % 3);
    const image = { shape: [2, 2, 5, 6], values };
    const windows: Case["attributes"][] = [
      { kernel_shape: [2, 2], strides: [2, 2] },
      { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
      { kernel_shape: [3, 2], strides: [1, 1], dilations: [1, 2] },
      { kernel_shape: [2, 2], strides: [3, 2], ceil_mode: 1 },
    ];
    for (const attributes of windows) {
      const c = { op: "MaxPool", inputs: [image], attributes };
      expect(await gradientOf(c, "webgpu")).toEqual(await gradientOf(c, "cpu"));
    }
  });
});

it("emits fused products only where an engine has them", () => {
  const product = modelFrom({
    inputs: { x: [2, 3, 4], u: [2, 4, 5] },
    nodes: [node("MatMul", "x u", "y"), node("ReduceSum", "y", "loss", { keepdims: 0 })],
    outputs: ["loss"],
  });
  const domains = (engine: EngineName) =>
    new Set(differentiate(product, { loss: "loss", wrt: ["x", "u"], engine }).graph.nodes.map((n) => n.domain));
  expect(domains("cpu")).toContain("com.microsoft");
  expect(domains("webgpu")).not.toContain("com.microsoft");
});

it("says what an engine cannot run before any session is made, with the place", () => {
  const volume = loadModel(
    writeModel(
      modelFrom({
        inputs: { x: [1, 1, 4, 4, 4] },
        initializers: { k: float32(Array(8).fill(1), [1, 1, 2, 2, 2]) },
        nodes: [
          node("Conv", "x k", "c", { kernel_shape: [2, 2, 2], strides: [2, 2, 2] }),
          node("ReduceSum", "c", "loss", { keepdims: 0 }),
        ],
        outputs: ["loss"],
      }),
    ),
  );
  expect(() => differentiate(volume, { loss: "loss", wrt: ["x"] })).not.toThrow();
  const onWebgpu = () => differentiate(volume, { loss: "loss", wrt: ["x"], engine: "webgpu" });
  expect(onWebgpu).toThrow(UnsupportedError);
  expect(onWebgpu).toThrow(
    /^Conv 'node\/c': in its gradient, ConvTranspose .*: on webgpu, .* volumes .*; run it on wasm; .* path Conv 'node\/c' → .* → loss$/,
  );
});

it("refuses on webgpu what gives wrong numbers there", () => {
  const backward = (start: number) =>
    modelFrom({
      inputs: { x: [6] },
      initializers: { start: int64([start]), end: int64([-100]), axis: int64([0]), step: int64([-1]) },
      nodes: [node("Slice", "x start end axis step", "s"), node("ReduceSum", "s", "loss", { keepdims: 0 })],
      outputs: ["loss"],
    });
  const onWebgpu = (start: number) => () =>
    differentiate(backward(start), { loss: "loss", wrt: ["x"], engine: "webgpu" });
  expect(onWebgpu(-1)).not.toThrow();
  expect(onWebgpu(3)).toThrow(/Slice 'node\/s': on webgpu, backward steps/);
});
