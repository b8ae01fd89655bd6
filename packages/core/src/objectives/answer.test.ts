import { expect, it } from "vitest";
import { answerOf, byProbability } from "./answer.js";

const outputs = ["a", "b", "c"];

it("logits of classes are shared out, the likeliest first", () => {
  const { classes, ...rest } = answerOf({ objective: "classification", outputs }, [0, Math.log(3), 0]);
  expect(classes!.map(({ label }) => label)).toEqual(["b", "a", "c"]);
  expect(classes![0]!.probability).toBeCloseTo(0.6, 12);
  expect(rest).toEqual({});
  expect(byProbability(classes!, 1)).toEqual([classes![0]]);
});

it("labels are each by themselves, in their order", () => {
  const { labels, ...rest } = answerOf({ objective: "multi-label", outputs }, [0, Math.log(3), -Infinity]);
  expect(labels).toEqual([
    { label: "a", probability: 0.5 },
    { label: "b", probability: expect.closeTo(0.75, 12) as number },
    { label: "c", probability: 0 },
  ]);
  expect(rest).toEqual({});
});

it("numbers are what they are", () => {
  const numbers = [{ name: "n", value: -2.5 }];
  expect(answerOf({ objective: "regression", outputs: ["n"] }, Float32Array.of(-2.5))).toEqual({ numbers });
});
