import { float32, GraphBuilder, type Model } from "@taskhead/autograd";
import { expect, it } from "vitest";
import { random } from "../data/random.js";
import { carriedHead } from "./carried.js";
import { linearHead, mlpHead, headAlone, type Head } from "./index.js";

const width = 3;

/** A model that ends in this head, its parameters 1, 2, 3 … */
function ending(head: Head, outputs: number): Model {
  let next = 1;
  const start = head.initial(random(0), width, outputs);
  return headAlone(head, width, outputs, new Map([...start].map(([name, data]) => [name, data.map(() => next++)])));
}

it("gives outputs that the earlier head has its rows, by their names, and new ones a start of their own", () => {
  const earlier = { model: ending(linearHead(), 2), outputs: ["cat", "dog"] };
  const head = carriedHead(linearHead(), earlier, ["dog", "owl", "cat"]);
  const fresh = linearHead().initial(random(7), width, 3);
  const start = head.initial(random(7), width, 3);
  expect([...start.get("head.weight")!]).toEqual([4, 5, 6, ...fresh.get("head.weight")!.subarray(3, 6), 1, 2, 3]);
  expect([...start.get("head.bias")!]).toEqual([8, fresh.get("head.bias")![1], 7]);
  expect(head.parameters).toEqual(linearHead().parameters);
});

it("takes all layers of an mlp below the last as they are", () => {
  const mlp = mlpHead({ width: 2, depth: 1 });
  const earlier = { model: ending(mlp, 2), outputs: ["a", "b"] };
  const start = carriedHead(mlp, earlier, ["b", "c"]).initial(random(1), width, 2);
  expect([...start.get("head.1.weight")!, ...start.get("head.1.bias")!]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect([...start.get("head.2.weight")!.subarray(0, 2), start.get("head.2.bias")![0]]).toEqual([11, 12, 14]);
});

it("refuses a head of another kind or size", () => {
  const linear = { model: ending(linearHead(), 2), outputs: ["a", "b"] };
  expect(() => carriedHead(mlpHead({ width: 2 }), linear, ["a", "b"])).toThrow("its head has no 'head.1.weight'");
  const wider = carriedHead(linearHead(), linear, ["a", "b"]);
  expect(() => wider.initial(random(0), width + 1, 2)).toThrow("its head has no 'head.weight' of that size");
  const b = new GraphBuilder("other");
  b.setOutputs({ logits: b.constant(float32([1])) });
  expect(() => carriedHead(linearHead(), { model: b.model(), outputs: ["a"] }, ["a"])).toThrow("of another kind");
});
