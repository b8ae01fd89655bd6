import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { outputsAndGradients } from "../../test/passes.js";
import { int64 } from "../graph/tensor.js";
import { convolveShortcuts } from "./convolve-shortcuts.js";

/** A shortcut beside a strided convolution: every second row, every second column, two channels of zeros on either side. */
function residual({ starts = 0, pads = [0, 2, 0, 0, 0, 2, 0, 0], channels = 4 } = {}) {
  return modelFrom({
    inputs: { x: [2, channels, 6, 8], w: [channels + 4, channels, 3, 3] },
    initializers: {
      starts: int64([starts]),
      end: int64([2 ** 31]),
      high: int64([2]),
      wide: int64([-1]),
      step: int64([2]),
      pads: int64(pads),
    },
    nodes: [
      node("Relu", "x", "a"),
      node("Conv", "a w", "c", { pads: [1, 1, 1, 1], strides: [2, 2] }),
      node("Slice", "a starts end high step", "rows"),
      node("Slice", "rows starts end wide step", "every"),
      node("Pad", "every pads", "p"),
      node("Add", "c p", "y"),
    ],
    outputs: ["y"],
  });
}

it("leaves outputs and gradients unchanged, and a convolution alone", async () => {
  const model = residual();
  const convolved = convolveShortcuts(model, 4);
  expect(convolved.graph.nodes.map(({ opType }) => opType)).toEqual(["Relu", "Conv", "Conv", "Add"]);
  const wrt = ["x", "w"];
  const [before, after] = [await outputsAndGradients(model, wrt), await outputsAndGradients(convolved, wrt)];
  for (const [name, values] of Object.entries(before))
    values.forEach((v, i) => expect(after[name]![i], name).toBeCloseTo(v, 3));
});

const whole = residual();
it.each([
  ["that begins elsewhere", residual({ starts: 1 }), 4],
  ["padded to other images", residual({ pads: [0, 2, 0, 1, 0, 2, 0, -1] }), 4],
  ["of channels in no whole blocks", whole, 8],
  ["that others read, too", { ...whole, graph: { ...whole.graph, outputs: [{ name: "y" }, { name: "every" }] } }, 4],
])("keeps a shortcut %s", (_, model, block) => {
  expect(convolveShortcuts(model, block)).toEqual(model);
});
