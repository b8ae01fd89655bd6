import { expect, test } from "vitest";
import { DivergedError } from "../engine/errors.js";
import type { FinetuneCheckpoint } from "./checkpoint.js";
import { CollapsedError } from "./collapse.js";
import { lowerUntilSound, loweredText, type Attempt, type FailedAttempt } from "./lowering.js";

const checkpointAt = (rate: number, lowered: Attempt["lowered"]): FinetuneCheckpoint =>
  ({ json: { run: { "learning rate": rate, lowered: loweredText(lowered) } } }) as unknown as FinetuneCheckpoint;

/** Fails above a rate: first it diverges, then it collapses. */
const soundBelow = (limit: number) => (attempt: Attempt) => {
  if (attempt.learningRate <= limit) return Promise.resolve(attempt);
  return Promise.reject(attempt.lowered.length === 0 ? new DivergedError(NaN, 7, 2) : new CollapsedError(3));
};

test("a rate that was found is lowered to a third until the run is sound, and each failure is told", async () => {
  const told: FailedAttempt[] = [];
  const options = { learningRate: 0.9, found: true, onLowered: (one: FailedAttempt) => void told.push(one) };
  const { learningRate, lowered, lowers } = await lowerUntilSound(options, soundBelow(0.2));
  expect(learningRate).toBeCloseTo(0.1, 12);
  expect(lowered).toEqual(["diverged", "collapsed"]);
  expect(lowers).toBe(false);
  expect(told).toEqual([
    { learningRate: 0.9, failure: "diverged", epoch: 2 },
    { learningRate: expect.closeTo(0.3, 12), failure: "collapsed", epoch: 3 },
  ]);
});

test("after twice it is left at that, and one that is given is never changed", async () => {
  const tried: number[] = [];
  const run = (attempt: Attempt) => (tried.push(attempt.learningRate), soundBelow(0)(attempt));
  await expect(lowerUntilSound({ learningRate: 9, found: true }, run)).rejects.toBeInstanceOf(CollapsedError);
  expect(tried).toEqual([9, 3, 1]);
  await expect(lowerUntilSound({ learningRate: 5, found: false }, run)).rejects.toBeInstanceOf(DivergedError);
  expect(tried).toEqual([9, 3, 1, 5]);
});

test("what goes on after attempts that failed takes no checkpoint of one of them, nor of one whose attempts are lost", async () => {
  const first: FailedAttempt = { learningRate: 0.9, failure: "diverged", epoch: 2 };
  const options = { learningRate: 0.9, found: true };
  const after = { learningRate: 0.9 / 3, lowered: ["diverged"], lowers: true };
  const sound = soundBelow(Infinity);
  for (const checkpoint of [checkpointAt(0.9, []), undefined])
    expect(await lowerUntilSound({ ...options, failed: [first], checkpoint }, sound)).toEqual(after);
  const own = checkpointAt(0.9 / 3, ["diverged"]);
  expect(await lowerUntilSound({ ...options, failed: [first], checkpoint: own }, sound)).toEqual({
    ...after,
    checkpoint: own,
  });
  expect(await lowerUntilSound({ ...options, failed: [], checkpoint: own }, sound)).toEqual({
    learningRate: 0.9,
    lowered: [],
    lowers: true,
  });
});

test("what goes on does so at the rate that it had come to", async () => {
  const checkpoint = checkpointAt(0.3, ["diverged"]);
  const going = await lowerUntilSound({ learningRate: 0.9, found: true, checkpoint }, soundBelow(1));
  expect(going).toEqual({ learningRate: 0.3, lowered: ["diverged"], lowers: true, checkpoint });
  const again = await lowerUntilSound({ learningRate: 0.9, found: true, checkpoint }, soundBelow(0.1));
  expect(again).toEqual({ learningRate: expect.closeTo(0.1, 12), lowered: ["diverged", "collapsed"], lowers: false });
});
