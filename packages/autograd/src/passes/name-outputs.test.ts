import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { outputsAndGradients } from "../../test/passes.js";
import { nameOutputs } from "./name-outputs.js";

const model = modelFrom({
  inputs: { x: [2, 3] },
  nodes: [
    node("Tanh", "x", "t"),
    node("Identity", "t", "first"),
    node("Identity", "t", "second"),
    node("Exp", "t", "e"),
    node("Identity", "x", "input"),
    node("Identity", "e", "copy"),
  ],
  outputs: ["first", "second", "e", "input", "copy"],
});

it("drops a copy where its source can carry the name, once", () => {
  const nodes = nameOutputs(model).graph.nodes.map((n) => `${n.opType} ${n.inputs.join()} ${n.outputs.join()}`);
  expect(nodes).toEqual([
    "Tanh x first",
    "Identity first second",
    "Exp first e",
    "Identity x input",
    "Identity e copy",
  ]);
});

it("leaves outputs and gradients unchanged", async () => {
  expect(await outputsAndGradients(nameOutputs(model), ["x"])).toEqual(await outputsAndGradients(model, ["x"]));
});
