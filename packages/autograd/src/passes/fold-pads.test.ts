import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { outputsAndGradients } from "../../test/passes.js";
import { float32, int64 } from "../graph/tensor.js";
import { foldPads } from "./fold-pads.js";

function padded(
  amounts: readonly number[],
  value = 0,
  conv: Record<string, number[] | string> = { pads: [0, 1, 1, 0] },
) {
  return modelFrom({
    inputs: { x: [2, 3, 5, 6], w: [4, 3, 3, 3] },
    initializers: { amounts: int64([...amounts]), value: float32([value], []) },
    nodes: [node("Pad", "x amounts value", "p"), node("Conv", "p w", "y", conv)],
    outputs: ["y"],
  });
}

it("leaves outputs and gradients unchanged, and no Pad", async () => {
  const model = padded([0, 0, 0, 1, 0, 0, 2, 1]);
  const folded = foldPads(model);
  expect(folded.graph.nodes.map(({ opType }) => opType)).toEqual(["Conv"]);
  const [before, after] = [await outputsAndGradients(model, ["x", "w"]), await outputsAndGradients(folded, ["x", "w"])];
  for (const [name, values] of Object.entries(before))
    values.forEach((v, i) => expect(after[name]![i], name).toBeCloseTo(v, 3));
});

it.each([
  ["other numbers than zero", padded([0, 0, 1, 1, 0, 0, 1, 1], 2)],
  ["less than there was", padded([0, 0, 1, -1, 0, 0, 1, 1])],
  ["channels", padded([0, 0, 1, 1, 0, 0, 1, 1].map((n, i) => (i === 1 ? 1 : n)))],
  ["what a convolution pads by itself", padded([0, 0, 1, 1, 0, 0, 1, 1], 0, { auto_pad: "SAME_UPPER" })],
])("keeps a Pad of %s", (_, model) => {
  expect(foldPads(model)).toEqual(model);
});
