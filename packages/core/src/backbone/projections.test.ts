import type { Node } from "@taskhead/autograd";
import { expect, test } from "vitest";
import { projections } from "./projections.js";

/** Nodes by their outputs, written `output = Operator(inputs)`. */
function nodesOf(lines: string): Node[] {
  return Array.from(lines.matchAll(/(\w+) = (\w+)\((.*?)\)/g), ([, output, opType, inputs]) => ({
    name: output!,
    opType: opType!,
    domain: "",
    inputs: inputs!.split(", "),
    outputs: [output!],
    attributes: {},
  }));
}

function found(lines: string, read: string[]): string[] {
  const own = projections(nodesOf(lines), read, new Set(["image"]), ({ opType }) => opType !== "Shape");
  return [...own].map(({ name }) => name).toSorted();
}

const trunk = `
  c1 = Conv(image, w1)  r1 = Relu(c1)
  c2 = Conv(r1, w2)     r2 = Relu(c2)
  c3 = Conv(r2, w3)     r3 = Relu(c3)`;

test("a feature pyramid's lateral convolutions are its decoder's, that of the deepest map among them", () => {
  const laterals = `l1 = Conv(r1, v1)  l2 = Conv(r2, v2)  l3 = Conv(r3, v3)`;
  expect(found(trunk + laterals, ["l3", "l2", "l1"])).toEqual(["l1", "l2", "l3"]);
});

test("maps of the trunk itself have nothing before them", () => {
  expect(found(trunk, ["r3", "r2", "r1"])).toEqual([]);
});

test("the deepest map keeps its last operators where the branches are of others", () => {
  const gated = `g1 = Sigmoid(r1)  g2 = Sigmoid(r2)  l3 = Conv(r3, v3)`;
  expect(found(trunk + gated, ["l3", "g2", "g1"])).toEqual(["g1", "g2"]);
  const unlike = `l1 = Conv(r1, v1)  g2 = Sigmoid(r2)  l3 = Conv(r3, v3)`;
  expect(found(trunk + unlike, ["l3", "g2", "l1"])).toEqual(["g2", "l1"]);
});

test("a second encoder, from the image, stays one; sizes tell nothing", () => {
  const second = `d1 = Conv(image, u1)  l2 = Conv(r2, v2)  s3 = Shape(r3)  l3 = Conv(r3, v3)`;
  expect(found(trunk + second, ["l3", "l2", "d1"])).toEqual(["l2", "l3"]);
});
