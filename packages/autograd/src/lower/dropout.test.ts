import { expect, it } from "vitest";
import { run } from "../../test/gradient-check.js";
import { modelFrom, node } from "../../test/models.js";
import { appendGradients } from "../append-gradients.js";
import { lower } from "./build-on.js";
import { float32 } from "../graph/tensor.js";

const model = (ratio = 0.25) =>
  modelFrom({
    inputs: { x: ["batch", 2] },
    nodes: [node("Dropout", "x ratio", "y")],
    initializers: { ratio: float32([ratio], []) },
    outputs: ["y"],
  });
const x = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };

it("does nothing unless it is asked for, or where nothing is dropped", async () => {
  for (const { b, masks } of [lower(model()), lower(model(0), { dropout: true })]) {
    expect(masks).toEqual([]);
    expect([...(await run(b.model(), { x }))["y"]!]).toEqual([1, 2, 3, 4]);
  }
});

it("takes its mask as an input of the value's shape, and passes the gradient where it keeps", async () => {
  const { b, masks } = lower(model(), { dropout: true });
  expect(masks).toEqual([{ name: "dropout.node/y", shape: ["batch", 2], ratio: 0.25 }]);
  const loss = b.op("ReduceSum", ["y"], { keepdims: 0 });
  b.setOutputs({ y: "y", g: appendGradients(b, loss, ["x"]).get("x")! });
  const mask = { data: Float32Array.of(0, 4 / 3, 0, 4 / 3), shape: [2, 2] };
  const results = await run(b.model(), { x, "dropout.node/y": mask });
  expect([...results["y"]!].map((v) => Math.round(v * 3))).toEqual([0, 8, 0, 16]);
  expect(results["g"]).toEqual(mask.data);
});
