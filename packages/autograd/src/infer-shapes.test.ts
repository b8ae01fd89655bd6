import { expect, it } from "vitest";
import { modelFrom, node } from "../test/models.js";
import { inferShapes } from "./infer-shapes.js";
import type { InferRule } from "./infer/context.js";
import { float32 } from "./graph/tensor.js";

it("names the type of every value, with the batch left open", () => {
  const model = modelFrom({
    inputs: { x: ["batch", 3, 8, 8] },
    initializers: { k: float32(new Float32Array(4 * 27), [4, 3, 3, 3]) },
    nodes: [
      node("Conv", "x k", "c", { kernel_shape: [3, 3] }),
      node("Identity", "c", "same"),
      node("Shape", "c", "sizes"),
      node("Flatten", "same", "f"),
    ],
    outputs: ["f"],
  });
  expect(Object.fromEntries(inferShapes(model))).toEqual({
    x: { dtype: "float32", shape: ["batch", 3, 8, 8] },
    k: { dtype: "float32", shape: [4, 3, 3, 3] },
    c: { dtype: "float32", shape: ["batch", 4, 6, 6] },
    same: { dtype: "float32", shape: ["batch", 4, 6, 6] },
    sizes: { dtype: "int64", shape: [4] },
    f: { dtype: "float32", shape: ["batch", 144] },
  });
});

it("knows an operator of another domain only by a rule given for it, even where a standard one has its name", () => {
  const model = modelFrom({
    inputs: { x: ["batch", 4] },
    nodes: [node("Conv", "x", "y", {}, "com.example")],
    outputs: ["y"],
  });
  expect(() => inferShapes(model)).toThrow(/com\.example\.Conv 'node\/y': this operator is not supported; give rules/);
  const halves: InferRule = ({ types }) => [{ dtype: "float32", shape: [types[0]!.shape[0]!, 2] }];
  const shapes = inferShapes(model, { operators: { "com.example.Conv": { infer: halves } } });
  expect(shapes.get("y")!.shape).toEqual(["batch", 2]);
});
