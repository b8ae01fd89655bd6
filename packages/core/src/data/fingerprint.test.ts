import { expect, it } from "vitest";
import { engine } from "../../test/tiny-task.js";
import { Fingerprint, fingerprintOf } from "./fingerprint.js";
import { arraySamples } from "./samples.js";
import { classTargets } from "./targets.js";

const of = (...numbers: number[]): string => new Fingerprint().add(Float32Array.from(numbers)).text();

it("changes with any number, with their order, and with where one array ends", () => {
  const several = [of(1, 2, 3), of(1, 2, 4), of(1, 3, 2), of(1, 2), of(1, 2, 3, 0)];
  expect(new Set(several).size).toBe(several.length);
  expect(of(1, 2, 3)).toBe(of(1, 2, 3));
  const ends = new Fingerprint().add(Float32Array.of(1, 2)).add(Float32Array.of(3)).text();
  expect(ends).not.toBe(of(1, 2, 3));
});

it("does not repeat among many", () => {
  expect(new Set(Array.from({ length: 5000 }, (_, i) => of(i, i % 7))).size).toBe(5000);
});

it("of samples changes with what they feed, with targets and with the input's name", async () => {
  const mark = (name: string, value: number, label: number): Promise<string> =>
    fingerprintOf(
      arraySamples(engine, { [name]: { data: Float32Array.of(1, 2, 3, value), shape: [2] } }, classTargets([0, label])),
    );
  const several = [await mark("x", 4, 1), await mark("x", 5, 1), await mark("x", 4, 0), await mark("y", 4, 1)];
  expect(new Set(several).size).toBe(4);
  expect(await mark("x", 4, 1)).toBe(several[0]);
});
