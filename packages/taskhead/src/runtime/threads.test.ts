import { expect, it } from "vitest";
import { tooManyThreads } from "./threads.js";

it("more threads than processors are warned of", () => {
  expect(tooManyThreads(999, 2)).toMatch(
    /^--threads 999: there are 2 processors here, .* give 2 at most, or leave it out$/,
  );
  expect(tooManyThreads(2, 1)).toContain("there is 1 processor here");
  for (const threads of [undefined, 1, 2]) expect(tooManyThreads(threads, 2)).toBeUndefined();
});
