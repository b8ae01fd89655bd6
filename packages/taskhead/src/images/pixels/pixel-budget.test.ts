import { expect, it } from "vitest";
import { PixelBudget } from "./pixel-budget.js";

it("lets work begin in order while its pixels fit, and what is too large for it alone", async () => {
  const budget = new PixelBudget(10);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const work = [4, 4, 25, 3, 3].map((pixels, i) =>
    budget.run(pixels, () => {
      begun.push(i);
      return new Promise<void>((end) => void (ends[i] = end));
    }),
  );
  const settled = (): Promise<void> => new Promise((done) => setImmediate(done));
  await settled();
  expect(begun).toEqual([0, 1]);
  ends[0]!();
  await settled();
  // The large one waits for all, and nobody overtakes it.
  expect(begun).toEqual([0, 1]);
  ends[1]!();
  await settled();
  expect(begun).toEqual([0, 1, 2]);
  ends[2]!();
  await settled();
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  for (const end of ends.slice(3)) end();
  await Promise.all(work);
});

it("goes on after an error", async () => {
  const budget = new PixelBudget(1);
  await expect(budget.run(1, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await budget.run(1, async () => 5)).toBe(5);
});
