import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { linearCka } from "./cka.js";

interface Reference {
  count: number;
  x: number[];
  z: number[];
  cka: number;
  /** [6, 6], orthogonal */
  rotation: number[];
}

/** By numpy; `made` in the file says how. */
const reference = JSON.parse(readFileSync(new URL("./cka.reference.json", import.meta.url), "utf8")) as Reference;
const { count } = reference;
const [x, z] = [Float32Array.from(reference.x), Float32Array.from(reference.z)];

test("CKA is numpy's, whichever comes first", () => {
  expect(linearCka(x, z, count)).toBeCloseTo(reference.cka, 9);
  expect(linearCka(z, x, count)).toBeCloseTo(reference.cka, 9);
});

test("representations that are turned, scaled and shifted are the same", () => {
  const width = 6;
  const turned = Float32Array.from(z, (_, i) => {
    const row = z.subarray(Math.floor(i / width) * width);
    const at = (j: number): number => row[j]! * reference.rotation[j * width + (i % width)]!;
    return 3 * [0, 1, 2, 3, 4, 5].reduce((sum, j) => sum + at(j), 0) - 7;
  });
  expect(linearCka(z, turned, count)).toBeCloseTo(1, 6);
  expect(linearCka(x, turned, count)).toBeCloseTo(reference.cka, 5);
});

test("what has not moved is exactly 1, and what is constant has none", () => {
  expect(linearCka(x, x, count)).toBe(1);
  expect(linearCka(x, new Float32Array(2 * count).fill(1 / 3), count)).toBeNull();
});
