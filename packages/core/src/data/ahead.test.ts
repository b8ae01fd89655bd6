import { expect, test } from "vitest";
import { Ahead } from "./ahead.js";

/** Values that are done when they are told to be, and the order in which they were begun. */
function slow(count: number) {
  const begun: number[] = [];
  const finish: (() => void)[] = [];
  const values = new Ahead(count, async (index) => {
    begun.push(index);
    await new Promise<void>((resolve) => (finish[index] = resolve));
    return index * 10;
  });
  return { values, begun, finish };
}

test("makes the next while one is used, each once and in order, and none beyond the last", async () => {
  const { values, begun, finish } = slow(2);
  const first = values.take(0);
  finish[0]!();
  expect(await first).toBe(0);
  values.begin(1);
  expect(begun).toEqual([0, 1]);
  finish[1]!();
  expect(await values.take(1)).toBe(10);
  values.begin(2);
  expect(begun).toEqual([0, 1]);
});

test("what was not begun, or is not what was begun, is made when it is taken", async () => {
  const made: number[] = [];
  const values = new Ahead(5, async (index) => made.push(index));
  await values.take(0);
  values.begin(1);
  await values.take(3);
  expect(made).toEqual([0, 1, 3]);
});

test("a value that fails fails where it is taken, and silently where nobody takes it", async () => {
  const failing = new Ahead(3, (index) => {
    // Not even a promise.
    throw new Error(`no ${index}`);
  });
  failing.begin(1);
  failing.begin(2);
  await new Promise((resolve) => setTimeout(resolve, 0));
  await expect(failing.take(2)).rejects.toThrow("no 2");
});
