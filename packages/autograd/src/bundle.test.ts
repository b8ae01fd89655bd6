import { expect, it } from "vitest";
import { bundled } from "../test/bundle.js";
import { modelFrom, node } from "../test/models.js";
import { writeModel } from "./io/write.js";

it("differentiates in a bundle for browsers, without any Node module or global", async () => {
  const autograd = (await bundled("autograd")) as unknown as typeof import("./index.js");
  const square = modelFrom({
    inputs: { x: [2] },
    nodes: [node("Mul", "x x", "s"), node("ReduceSum", "s", "loss", { keepdims: 0 })],
    outputs: ["loss"],
  });
  const gradients = autograd.differentiate(autograd.loadModel(writeModel(square)), { loss: "loss", wrt: ["x"] });
  expect(gradients.graph.outputs.map((o) => o.name)).toEqual(["loss", "gradient.x"]);
  expect(autograd.writeModel(gradients).length).toBeGreaterThan(100);
});
