import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cases } from "../test/cases.js";
import { checkGradients, feedsOf, gradientModel, run, type Case } from "../test/gradient-check.js";
import { modelFrom, node } from "../test/models.js";
import { differentiate } from "./differentiate.js";
import { UnsupportedError } from "./graph/errors.js";
import { float32, int64 } from "./graph/tensor.js";
import type { Model } from "./graph/model.js";
import { loadModel } from "./io/load.js";
import { writeModel } from "./io/write.js";
import type { EngineName } from "./engines.js";
import { leftToProcessor } from "./left-to-processor.js";

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

/** The operators of a graph that a device leaves to the processor, with the reasons. */
function left(model: Model): Record<string, string> {
  const nodes = new Map(model.graph.nodes.map(({ name, opType }) => [name, opType]));
  return Object.fromEntries([...leftToProcessor(model, "webgpu")].map(([name, why]) => [nodes.get(name)!, why]));
}

it("names what webgpu fails at in a gradient, so that the processor computes it", () => {
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
  const gradients = differentiate(volume, { loss: "loss", wrt: ["x"], engine: "webgpu" });
  expect(left(gradients)).toEqual({ ConvTranspose: "transposed convolution of volumes is not there" });
  expect(leftToProcessor(gradients, "cpu").size).toBe(0);
});

it("names what gives wrong numbers on webgpu", () => {
  const backward = (start: number) =>
    modelFrom({
      inputs: { x: [6] },
      initializers: { start: int64([start]), end: int64([-100]), axis: int64([0]), step: int64([-1]) },
      nodes: [node("Slice", "x start end axis step", "s"), node("ReduceSum", "s", "loss", { keepdims: 0 })],
      outputs: ["loss"],
    });
  expect(left(backward(-1))).toEqual({});
  expect(left(backward(3))).toEqual({ Slice: expect.stringMatching(/^backward steps/) as string });
});

it("refuses on webgpu what is nowhere there, with the place", () => {
  const cast = modelFrom({
    inputs: { x: [2] },
    nodes: [
      node("Cast", "x", "wide", { to: 11 }),
      node("Cast", "wide", "back", { to: 1 }),
      node("ReduceSum", "back", "loss", { keepdims: 0 }),
    ],
    outputs: ["loss"],
  });
  const onWebgpu = () => differentiate(cast, { loss: "loss", wrt: ["x"], engine: "webgpu" });
  expect(onWebgpu).toThrow(UnsupportedError);
  expect(onWebgpu).toThrow(
    /^Cast 'node\/wide': on webgpu, casts to float64 are not there; export the model without it/,
  );
});

it("leaves no Unsqueeze of no axes, which webgpu refuses", () => {
  const normalised = modelFrom({
    inputs: { x: ["batch", 3] },
    initializers: Object.fromEntries(["s", "b", "m", "v"].map((name) => [name, float32([1, 2, 3])])),
    nodes: [node("BatchNormalization", "x s b m v", "n"), node("ReduceSum", "n", "loss", { keepdims: 0 })],
    outputs: ["loss"],
  });
  const { graph } = differentiate(normalised, { loss: "loss", wrt: ["s", "x"], engine: "webgpu" });
  const axes = graph.nodes.flatMap((n) =>
    n.opType === "Unsqueeze" ? [graph.initializers.get(n.inputs[1]!)!.data.length] : [],
  );
  expect(axes).not.toContain(0);
});

describe.each(["webgpu", "wasm"] as const)("convolutions' gradients on %s", (engine) => {
  it.each(["Conv", "ConvTranspose"])("%s's agree with finite differences", async (operator) => {
    await fc.assert(
      fc.asyncProperty(cases[operator]!, (c) => checkGradients(c, { engine })),
      { numRuns: 15, seed: 5 },
    );
  });

  const convolutions: [string, number[], number[], Case["attributes"]][] = [
    ["many positions, strides and pads", [3, 4, 13, 12], [5, 4, 3, 3], { pads: [1, 1, 1, 1], strides: [2, 1] }],
    ["few positions", [3, 4, 4, 4], [7, 4, 3, 3], { pads: [1, 1, 1, 1] }],
    ["a pointwise kernel", [2, 4, 9, 8], [5, 4, 1, 1], {}],
    ["more filters than taps", [2, 2, 8, 8], [30, 2, 3, 3], { dilations: [2, 1] }],
    ["a channel by itself", [2, 6, 9, 8], [6, 1, 5, 3], { group: 6, pads: [2, 0, 2, 2] }],
    ["groups of channels", [2, 6, 9, 9], [6, 3, 3, 3], { group: 2 }],
    ["one axis", [2, 4, 40], [3, 4, 5], { strides: [3] }],
    ["three axes", [2, 3, 5, 6, 7], [4, 3, 3, 1, 2], { strides: [1, 2, 1], pads: [1, 0, 1, 1, 0, 0] }],
    ["more weights than positions", [2, 40, 4, 4], [4, 40, 3, 3], { pads: [1, 1, 1, 1] }],
    ["as many in groups", [2, 40, 4, 4], [4, 20, 3, 3], { group: 2, dilations: [2, 1], pads: [2, 1, 2, 1] }],
  ];
  it.each(convolutions)("%s: as the processor's", async (_, x, w, attributes) => {
    const filled = (shape: number[], from: number) => ({
      shape,
      values: Array.from({ length: shape.reduce((all, n) => all * n, 1) }, (_, i) => Math.sin(12.9898 * (i + from))),
    });
    const c = { op: "Conv", inputs: [filled(x, 1), filled(w, 2)], attributes };
    const gradients = async (engine: EngineName) => {
      const outputs = await run(
        gradientModel(c, (_, i) => Math.cos(i), { engine }),
        feedsOf(c),
      );
      return ["g.x0", "g.x1"].map((name) => outputs[name]!);
    };
    const [own, theirs] = [await gradients(engine), await gradients("cpu")];
    theirs.forEach((numbers, i) => {
      const scale = Math.max(...numbers.map(Math.abs));
      own[i]!.forEach((v, at) => expect(Math.abs(v - numbers[at]!)).toBeLessThan(2e-6 * scale));
    });
  });
});
