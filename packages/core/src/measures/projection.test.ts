import { expect, test } from "vitest";
import { projectFeatures } from "./projection.js";
import { normals, random } from "../data/random.js";

/** Points of a plane in 6 dimensions, spanned by two orthonormal directions. */
const u = [3, 0, 4, 0, 0, 0].map((v) => v / 5);
const v = [0, 0, 0, 5, 0, 12].map((w) => w / 13);
const coordinates = normals(80, 1, random(1));
const plane = (scale: number, shift: number): Float32Array =>
  Float32Array.from({ length: 240 }, (_, i) => {
    const [n, j] = [Math.floor(i / 6), i % 6];
    return (scale * 3 * coordinates[2 * n]! + shift) * u[j]! + scale * coordinates[2 * n + 1]! * v[j]! + 7;
  });

test("features of a plane keep all their distances, between before and after too", () => {
  const [before, after] = [plane(1, 0), plane(0.5, 4)];
  const projected = projectFeatures(before, after, 6);
  expect(projected.explained[0] + projected.explained[1]).toBeCloseTo(1, 6);
  expect(projected.explained[0]).toBeGreaterThan(projected.explained[1]);
  for (const [n, m] of [
    [0, 1],
    [3, 30],
    [17, 17],
  ] as const) {
    const real = Math.hypot(...u.map((_, j) => after[m * 6 + j]! - before[n * 6 + j]!));
    const [a, b] = [projected.before[n]!, projected.after[m]!];
    expect(Math.hypot(b[0] - a[0], b[1] - a[1])).toBeCloseTo(real, 4);
  }
});

test("of many samples evenly spaced ones are shown, the same before and after", () => {
  const { samples, before, after } = projectFeatures(plane(1, 0), plane(1, 1), 6, { samples: 10 });
  expect(samples).toEqual([0, 4, 8, 12, 16, 20, 24, 28, 32, 36]);
  expect([before.length, after.length]).toEqual([10, 10]);
});

test("features that are all the same lie in one place", () => {
  const still = new Float32Array(30).fill(2);
  const { before, explained } = projectFeatures(still, still, 3);
  expect(before.flat().every((x) => Math.abs(x) < 1e-9)).toBe(true);
  expect(explained).toEqual([0, 0]);
});
