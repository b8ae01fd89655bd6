import { float32, GraphBuilder, writeModel } from "@taskhead/autograd";
import { expect, test } from "vitest";
import { openBackbone } from "./backbone.js";

/** A hidden layer of 4, a linear layer of 3 classes, and what makes the output `logits` of them. */
function classifier(last: (b: GraphBuilder, scores: string) => string): Uint8Array {
  const b = new GraphBuilder();
  const weights = (name: string, from: number, to: number): string =>
    b.initializer(name, float32(new Float32Array(from * to).fill(0.1), [from, to]));
  const hidden = b.op("Tanh", [b.op("MatMul", [b.input("x", "float32", ["n", 5]), weights("a", 5, 4)])]);
  b.setOutputs({ logits: last(b, b.op("MatMul", [hidden, weights("b", 4, 3)])) });
  return writeModel(b.model());
}

test.each([
  ["a sigmoid", (b: GraphBuilder, scores: string) => b.op("Sigmoid", [scores])],
  ["a temperature", (b: GraphBuilder, scores: string) => b.op("Softmax", [b.op("Div", [scores, b.scalar(2)])])],
  ["a scale", (b: GraphBuilder, scores: string) => b.op("Mul", [b.scalar(2), scores])],
  ["the class alone", (b: GraphBuilder, scores: string) => b.op("ArgMax", [scores], { axis: 1, keepdims: 0 })],
])("the features of a classifier that ends in %s are what its linear layer reads", (_, last) =>
  expect(openBackbone(classifier(last))).toMatchObject({ width: 4, parameters: ["a"] }),
);

test("the features of a distilled classifier, which averages two, are what the first one reads", () => {
  const b = new GraphBuilder();
  const layer = (x: string, name: string, from: number, to: number): string =>
    b.op("MatMul", [x, b.initializer(name, float32(new Float32Array(from * to).fill(0.1), [from, to]))]);
  const x = b.input("x", "float32", ["n", 5]);
  const [first, second] = [b.op("Tanh", [layer(x, "a", 5, 4)]), b.op("Tanh", [layer(x, "c", 5, 4)])];
  const sum = b.add(layer(first, "head", 4, 3), layer(second, "distilled", 4, 3));
  b.setOutputs({ logits: b.op("Div", [sum, b.scalar(2)]) });
  const backbone = openBackbone(writeModel(b.model()));
  expect(backbone).toMatchObject({ width: 4, parameters: ["a"] });
  expect(backbone.found).toMatch(/the first of two linear layers whose answers are averaged/);
});

test("what is said of values has the names of the file, also where they had to make room", () => {
  const model = classifier((b, scores) => b.op("Relu", [scores]));
  expect(openBackbone(model).found).toMatch(
    /^Features are the output 'logits', since no linear layer ends the network/,
  );
});
