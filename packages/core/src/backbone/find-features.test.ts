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

test("what is said of values has the names of the file, also where they had to make room", () => {
  const model = classifier((b, scores) => b.op("Relu", [scores]));
  expect(openBackbone(model).found).toMatch(
    /^Features are the output 'logits', since no linear layer ends the network/,
  );
});
