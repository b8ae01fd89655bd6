import { expect, it } from "vitest";
import { run } from "../../test/gradient-check.js";
import { modelFrom, node } from "../../test/models.js";
import { buildOn } from "./build-on.js";
import { Float, type Attribute } from "../graph/model.js";

const x = { data: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)), shape: [2, 1, 3, 2] };

/** The operator in an old operator set means the same after the upgrade, as the runtime computes both. */
async function expectUnchanged(opset: number, opType: string, attributes: Record<string, Attribute>) {
  const model = modelFrom({
    inputs: { x: x.shape },
    nodes: [node(opType, "x", "y", attributes)],
    outputs: ["y"],
    opset,
  });
  const upgraded = buildOn(model).model();
  expect(upgraded.opsets.get("")).toBeGreaterThanOrEqual(18);
  const [before, after] = [await run(model, { x }), await run(upgraded, { x })];
  expect(after["y"]!.length).toBe(before["y"]!.length);
  before["y"]!.forEach((v, i) => expect(after["y"]![i]).toBeCloseTo(v, 5));
}

it("upgrades Softmax over several axes, before operator set 13", async () => {
  await expectUnchanged(9, "Softmax", { axis: 2 });
  await expectUnchanged(11, "Softmax", {});
  await expectUnchanged(11, "LogSoftmax", { axis: -1 });
});

it("upgrades Clip with bounds as attributes", () =>
  expectUnchanged(9, "Clip", { min: new Float(-0.5), max: new Float(0.25) }));
it("upgrades Squeeze with axes as attributes", () => expectUnchanged(11, "Squeeze", { axes: [1] }));
it("upgrades Unsqueeze with axes as attributes", () => expectUnchanged(11, "Unsqueeze", { axes: [0, 3] }));
it("upgrades ReduceSum and ReduceMean", async () => {
  await expectUnchanged(11, "ReduceSum", { axes: [2], keepdims: 0 });
  await expectUnchanged(13, "ReduceMean", { axes: [-1, 2] });
});
it("upgrades Pad and Slice with attributes", async () => {
  await expectUnchanged(9, "Pad", { pads: [0, 0, 1, 0, 0, 0, 0, 2], value: new Float(3) });
  await expectUnchanged(9, "Slice", { starts: [1], ends: [1000], axes: [2] });
});
it("drops Dropout", () => expectUnchanged(11, "Dropout", {}));

it("refuses operator sets that are too old, and says what to do", () => {
  const model = modelFrom({ inputs: { x: [2] }, nodes: [node("Relu", "x", "y")], outputs: ["y"], opset: 5 });
  expect(() => buildOn(model)).toThrow(/operator set 5 is too old; export with operator set 11 or later/);
});
