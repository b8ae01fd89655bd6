import { expect, test } from "vitest";
import { projectFeatures, shownSamples } from "./projection.js";
import { upTo } from "../data/samples.js";
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
  const projected = projectFeatures(upTo(40), before, after);
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

test("of many samples evenly spaced ones are shown, fewer where their features are very many", () => {
  expect(shownSamples(40, 6)).toEqual(upTo(40));
  expect(shownSamples(1000, 512)).toEqual(upTo(250).map((n) => 4 * n));
  expect(shownSamples(1000, 400_000)).toEqual(upTo(50).map((n) => 20 * n));
});

test("features that are more than samples keep lengths and angles too", () => {
  const wide = [plane(1, 0).subarray(0, 12), plane(0.5, 4).subarray(0, 12)] as const;
  const { before, after, explained } = projectFeatures([0, 1], ...wide);
  const mean = Array.from({ length: 6 }, (_, j) => wide.reduce((sum, z) => sum + (z[j]! + z[6 + j]!) / 4, 0));
  const rows = wide.flatMap((z) => [0, 6].map((at) => Array.from({ length: 6 }, (_, j) => z[at + j]! - mean[j]!)));
  const all = [...before, ...after];
  // In a plane the distances and lengths of the rows are those of their places.
  rows.forEach((row, n) => expect(Math.hypot(...all[n]!)).toBeCloseTo(Math.hypot(...row), 5));
  rows.forEach((row, n) => {
    const other = rows[(n + 1) % 4]!;
    const inner = row.reduce((sum, z, j) => sum + z * other[j]!, 0);
    const [[a, b], [c, d]] = [all[n]!, all[(n + 1) % 4]!];
    expect(a * c + b * d).toBeCloseTo(inner, 4);
  });
  const axis = (i: 0 | 1): number => all.reduce((sum, place) => sum + place[i] ** 2, 0);
  const total = rows.reduce((sum, row) => sum + Math.hypot(...row) ** 2, 0);
  expect(explained[0]).toBeCloseTo(axis(0) / total, 6);
  expect(explained[0]).toBeGreaterThan(explained[1]);
  expect(explained[0] + explained[1]).toBeCloseTo(1, 6);
});

test("features that are all the same lie in one place", () => {
  const still = new Float32Array(30).fill(2);
  const { before, explained } = projectFeatures(upTo(10), still, still);
  expect(before.flat().every((x) => Math.abs(x) < 1e-9)).toBe(true);
  expect(explained).toEqual([0, 0]);
});
