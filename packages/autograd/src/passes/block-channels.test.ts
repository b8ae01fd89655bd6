import ort from "onnxruntime-node";
import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { outputsAndGradients } from "../../test/passes.js";
import { GraphBuilder } from "../builder.js";
import { writeModel } from "../io/write.js";
import { nchwc } from "../rules/blocked/layout.js";
import { blockChannels } from "./block-channels.js";

/** The block size of this processor; 0 where the runtime has no such layout. */
const block = await (async () => {
  const b = new GraphBuilder();
  b.setOutputs({ y: b.op("ReorderInput", [b.input("x", "float32", [1, 16, 1, 2])], {}, { domain: nchwc }) });
  const session = await ort.InferenceSession.create(writeModel(b.model()), { logSeverityLevel: 4 });
  const x = new ort.Tensor(
    "float32",
    Float32Array.from({ length: 32 }, (_, i) => i),
    [1, 16, 1, 2],
  );
  return Math.max(0, (Array.from((await session.run({ x }))["y"]!.data as Float32Array).indexOf(1) >> 3) << 3);
})();
const onBlocks = it.skipIf(block === 0);

const same = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
/** Image → convolution of 3 channels → pool → residual block with a strided branch → dense layer. */
const network = modelFrom({
  inputs: {
    x: [2, 3, 8, 8],
    w0: [16, 3, 3, 3],
    b0: [16],
    w1: [32, 16, 3, 3],
    b1: [32],
    w2: [32, 32, 3, 3],
    w3: [16, 32, 1, 1],
    w4: [16, 48, 3, 3],
  },
  nodes: [
    node("Conv", "x w0 b0", "c0", same),
    node("MaxPool", "c0", "p0", { kernel_shape: [2, 2], strides: [2, 2] }),
    node("LeakyRelu", "p0", "a0"),
    node("Conv", "a0 w1 b1", "c1", same),
    node("Relu", "c1", "a1"),
    node("Conv", "a1 w2", "c2", same),
    node("Add", "c2 a1", "s"),
    node("Conv", "s w3", "c3", { kernel_shape: [1, 1] }),
    node("Concat", "s c3", "k", { axis: 1 }),
    node("Conv", "k w4", "c4", { ...same, strides: [2, 2] }),
    node("GlobalAveragePool", "c4", "y"),
  ],
  outputs: ["y"],
});
const wrt = ["x", "w0", "b0", "w1", "b1", "w2", "w3", "w4"];

onBlocks("leaves outputs and gradients unchanged", async () => {
  const blocked = blockChannels(network, block);
  expect(blocked.graph.nodes.filter((n) => n.domain === nchwc && n.opType === "Conv")).toHaveLength(5);
  expect(blocked.graph.nodes.filter((n) => n.domain === nchwc && n.opType === "MaxPool")).toHaveLength(1);
  const [before, after] = [await outputsAndGradients(network, wrt), await outputsAndGradients(blocked, wrt)];
  expectClose(after, before);
});

function expectClose(actual: Record<string, Float32Array>, expected: Record<string, Float32Array>) {
  for (const [name, values] of Object.entries(expected)) {
    const scale = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    values.forEach((v, i) => expect(Math.abs(actual[name]![i]! - v) / scale, name).toBeLessThan(2e-5));
  }
}

const windows: [string, Record<string, number[]>][] = [
  ["1 × 1", { kernel_shape: [1, 1] }],
  ["3 × 3 unpadded", { kernel_shape: [3, 3] }],
  ["dilated", { kernel_shape: [3, 3], dilations: [2, 2], pads: [2, 2, 2, 2] }],
  ["uneven pads", { kernel_shape: [3, 2], pads: [2, 0, 0, 1] }],
  ["strides of 2", { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
  ["1 × 1, strides of 2", { kernel_shape: [1, 1], strides: [2, 2] }],
  ["5 × 5, strides of 2 and 1", { kernel_shape: [5, 5], strides: [2, 1], pads: [2, 2, 1, 2] }],
  ["4 × 4, strides of 2, pads at the end", { kernel_shape: [4, 4], strides: [2, 2], pads: [1, 1, 1, 1] }],
  ["strides of 4 by 3, beyond the kernel", { kernel_shape: [2, 2], strides: [4, 3] }],
  ["strides and dilations", { kernel_shape: [3, 3], strides: [2, 2], dilations: [2, 2], pads: [2, 2, 2, 2] }],
  ["an image that strides do not divide", { kernel_shape: [3, 3], strides: [5, 5], pads: [1, 1, 1, 1] }],
];
for (const [name, attributes] of windows)
  for (const channels of [3, 32])
    onBlocks(`leaves gradients unchanged: ${name}, ${channels} channels`, async () => {
      const [rows, columns] = attributes["kernel_shape"] as [number, number];
      const convolution = modelFrom({
        inputs: { x: [2, channels, 8, 12], w: [16, channels, rows, columns], b: [16] },
        nodes: [node("Conv", "x w b", "c", attributes), node("Relu", "c", "y")],
        outputs: ["y"],
      });
      const blocked = blockChannels(convolution, block);
      expectClose(
        await outputsAndGradients(blocked, ["x", "w", "b"]),
        await outputsAndGradients(convolution, ["x", "w", "b"]),
      );
    });

for (const [name, attributes] of windows)
  onBlocks(`leaves gradients unchanged: ${name}, a kernel for each of 32 channels`, async () => {
    const [rows, columns] = attributes["kernel_shape"] as [number, number];
    const convolution = modelFrom({
      inputs: { x: [3, 32, 8, 12], w: [32, 1, rows, columns], b: [32] },
      nodes: [node("Conv", "x w b", "c", { ...attributes, group: 32 }), node("Relu", "c", "y")],
      outputs: ["y"],
    });
    const blocked = blockChannels(convolution, block);
    expect(blocked.graph.nodes.filter((n) => n.domain === nchwc && n.opType === "Conv")).toHaveLength(1);
    expectClose(
      await outputsAndGradients(blocked, ["x", "w", "b"]),
      await outputsAndGradients(convolution, ["x", "w", "b"]),
    );
  });

onBlocks("gives a pooling window's gradient to the first of equal elements", async () => {
  const flat = modelFrom({
    inputs: { x: [1, 16, 4, 4], w: [16, 16, 1, 1] },
    nodes: [
      node("Conv", "x w", "c"),
      node("MaxPool", "c", "p", { kernel_shape: [2, 2], strides: [2, 2] }),
      node("GlobalAveragePool", "p", "y"),
    ],
    outputs: ["y"],
  });
  const ones = (n: number) => new Float32Array(n).fill(1);
  const gradient = (await outputsAndGradients(blockChannels(flat, block), ["x"], ones))["g.x"]!;
  expect(Array.from(gradient.subarray(0, 16), (g) => g > 0)).toEqual(
    Array.from({ length: 16 }, (_, i) => [0, 2, 8, 10].includes(i)),
  );
});

onBlocks("keeps what does not fit the blocks in the plain layout", () => {
  const odd = modelFrom({
    inputs: { x: [1, 16, 4, 4], w: [12, 16, 1, 1], paired: [16, 2, 3, 3] },
    nodes: [node("Conv", "x w", "a"), node("Conv", "x paired", "b", { group: 8 })],
    outputs: ["a", "b"],
  });
  expect(blockChannels(odd, block).graph.nodes.every((n) => n.domain === "")).toBe(true);
});
