import { expect, it } from "vitest";
import { feedsOf, gradientModel, run, type Case } from "../../../test/gradient-check.js";
import { node } from "../../../test/models.js";
import { Float } from "../../graph/model.js";

const wave = (shape: readonly number[], phase: number) => {
  const size = shape.reduce((a, d) => a * d, 1);
  return { shape, values: Array.from({ length: size }, (_, i) => Math.sin(3 * i + phase) + phase) };
};
const x = wave([3, 2, 4], 0.5);
const [scale, bias] = [wave([2], 1), wave([2], 2)];
const weights = (_output: number, index: number) => Math.cos(5 * index);

/** One group per channel over the batch too: the same function by an operator that has no running statistics. */
const byInstance: Case = {
  op: "InstanceNormalization",
  inputs: [x, scale, bias, { shape: [3], values: [1, 2, -1], constant: "int64" }],
  nodes: [
    node("Transpose", "x0", "front", { perm: [1, 0, 2] }),
    node("Reshape", "front x3", "flat"),
    node("InstanceNormalization", "flat x1 x2", "normal", { epsilon: new Float(0.01) }),
    node("Shape", "front", "shape"),
    node("Reshape", "normal shape", "back"),
    node("Transpose", "back", "y0", { perm: [1, 0, 2] }),
  ],
};
const training: Case = {
  op: "BatchNormalization",
  inputs: [x, scale, bias, { ...wave([2], 3), constant: "float32" }, { ...wave([2], 4), constant: "float32" }],
  attributes: { training_mode: 1, epsilon: new Float(0.01), momentum: new Float(0.8) },
  outputs: 3,
  silent: [1, 2],
};

it.each([15, 9])(
  "differentiates a BatchNormalization of operator set %i through the batch's statistics",
  async (opset) => {
    const { training_mode: _, ...older } = training.attributes!;
    const given = opset < 14 ? { ...training, attributes: older } : training;
    const [own, expected] = await Promise.all([
      run(gradientModel({ ...given, opset }, weights), feedsOf(training)),
      run(gradientModel(byInstance, weights), feedsOf(byInstance)),
    ]);
    for (const name of ["y0", "g.x0", "g.x1", "g.x2"])
      expected[name]!.forEach((v, i) => expect(own[name]![i]).toBeCloseTo(v, 4));
  },
);

it("moves the running statistics towards the batch's", async () => {
  const results = await run(gradientModel({ ...training, silent: [] }, weights), feedsOf(training));
  for (const channel of [0, 1]) {
    const values = x.values.filter((_, i) => Math.floor(i / 4) % 2 === channel);
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
    expect(results["y1"]![channel]).toBeCloseTo(0.8 * wave([2], 3).values[channel]! + 0.2 * mean, 5);
    expect(results["y2"]![channel]).toBeCloseTo(0.8 * wave([2], 4).values[channel]! + 0.2 * variance, 5);
  }
});
