import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { hearing } from "./hearing.js";

const steps = async (onStep?: (step: number) => unknown): Promise<number> => {
  let done = 0;
  for (; done < 5; done++) {
    onStep?.(done);
    await setTimeout(1);
  }
  return done;
};

test("what a listener throws or rejects with ends the work", async () => {
  const heard: number[] = [];
  const listening = (onStep: (step: number) => unknown) => hearing({ onStep }, (own) => steps(own.onStep));
  expect(await listening((step) => heard.push(step))).toBe(5);
  expect(heard).toEqual([0, 1, 2, 3, 4]);
  heard.length = 0;
  const failing = async (step: number): Promise<void> => {
    heard.push(step);
    if (step === 1) throw new Error("full");
  };
  await expect(listening(failing)).rejects.toThrow("full");
  expect(heard).toEqual([0, 1]);
  await expect(listening((step) => (step === 4 ? failing(1) : undefined))).rejects.toThrow("full");
});

test("work is over when its listeners are, and one that is not given is not called", async () => {
  let told = 0;
  const slow = async (): Promise<void> => {
    await setTimeout(20);
    told++;
  };
  await hearing({ onStep: slow }, (own) => steps(own.onStep));
  expect(told).toBe(5);
  expect(await hearing<{ onStep?: () => void }, number>({}, (own) => steps(own.onStep))).toBe(5);
});
