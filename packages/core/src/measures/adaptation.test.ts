import { expect, test } from "vitest";
import { adaptation } from "./adaptation.js";

const z = Float32Array.of(3, 4, 0, 2);

test("features that did not move have distance 0 and cosine 1", () => {
  expect(adaptation(z, z, 2)).toEqual({ euclidean: 0, cosine: 1, dot: (25 + 4) / 2, norm: 3.5, coherence: 0 });
});

test("features turned by 90 degrees have cosine 0", () => {
  const turned = Float32Array.of(-4, 3, -2, 0);
  const { cosine, dot, euclidean } = adaptation(z, turned, 2);
  expect([cosine, dot]).toEqual([0, 0]);
  expect(euclidean).toBeCloseTo((5 * Math.SQRT2 + 2 * Math.SQRT2) / 2, 10);
});

test("doubled features keep their cosine and double their norm", () => {
  const { cosine, norm, euclidean } = adaptation(
    z,
    z.map((v) => 2 * v),
    2,
  );
  expect([cosine, norm, euclidean]).toEqual([1, 7, 3.5]);
});

test("a zero vector has cosine 0, and sizes must agree", () => {
  expect(adaptation(new Float32Array(2), Float32Array.of(1, 0), 2).cosine).toBe(0);
  expect(() => adaptation(z, new Float32Array(2), 2)).toThrow(/2 samples cannot be compared with those of 1/);
});

test("coherence is 1 where all samples move alike, 0 where they move apart, and between otherwise", () => {
  const moved = (...by: number[]) =>
    adaptation(
      z,
      z.map((v, i) => v + by[i]!),
      2,
    ).coherence;
  expect(moved(1, 2, 1, 2)).toBeCloseTo(1, 6);
  expect(moved(1, 2, -1, -2)).toBeCloseTo(0, 6);
  expect(moved(3, 0, 0, 4)).toBeCloseTo(5 / 7, 6);
});
