import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { peakOverSeeds, signTest, type CoursePoint } from "./peak.js";
import { twoLines, type Line } from "./two-lines.js";

interface Reference {
  cases: { x: number[]; y: number[]; breakAt: number; apart: boolean; rise: Line; fall: Line; p: number }[];
  signs: { hits: number; of: number; p: number }[];
}
/** Made by scipy; the file says how. */
const reference = JSON.parse(readFileSync(new URL("two-lines.reference.json", import.meta.url), "utf8")) as Reference;

function close(found: Line, expected: Line): void {
  expect(found.points).toBe(expected.points);
  expect(found.slope).toBeCloseTo(expected.slope, 9);
  expect(found.p).toBeCloseTo(expected.p, 9);
}

describe("the two-lines test", () => {
  test.each(reference.cases.map((one, i) => [i, one] as const))("gives scipy's slopes and p, case %i", (_, one) => {
    const found = twoLines(one.x, one.y, one.breakAt, one.apart)!;
    close(found.rise, one.rise);
    close(found.fall, one.fall);
    expect(found.p).toBeCloseTo(one.p, 9);
  });

  test("tells a peak from a rise that levels off, which a rank correlation cannot", () => {
    const x = [1, 2, 3, 4, 5, 6, 7];
    expect(twoLines(x, [1, 2, 3, 4, 3, 2, 1], 4)!.p).toBeCloseTo(1 / 24, 12);
    expect(twoLines(x, [1, 2, 3, 4, 4.1, 4.2, 4.3], 4)!.p).toBe(1);
    expect(twoLines([1, 2, 3], [1, 2, 1], 1)).toBeNull();
    expect(twoLines([1, 2, 3], [1, 2, 1], 2, true)).toBeNull();
  });
});

describe("a peak over seeds", () => {
  const course = (...y: number[]): CoursePoint<string>[] => y.map((value, x) => ({ name: `t${x}`, x, y: value }));

  test.each(reference.signs)("the sign test is scipy's: $hits of $of", ({ hits, of, p }) => {
    expect(signTest(hits, of)).toBeCloseTo(p, 12);
  });

  test("breaks each seed's course where the others are highest", () => {
    // The third would break at its own noise, t1, and rise from there on too.
    const found = peakOverSeeds([course(1, 2, 5, 3, 2), course(1, 3, 5, 2, 1), course(1, 4.5, 4, 3, 2)]);
    expect(found.seeds.map(({ at }) => at)).toEqual(["t2", "t2", "t2"]);
    expect([found.shown, found.significant]).toEqual([3, 0]);
    expect(found.p).toBeCloseTo(1 / 8, 12);
  });

  test("one seed alone breaks at its own highest point, which is in neither line", () => {
    const found = peakOverSeeds([course(1, 2, 3, 4, 9, 4, 3, 2, 1)]);
    expect(found.seeds[0]).toMatchObject({
      at: "t4",
      shown: true,
      lines: { rise: { points: 4 }, fall: { points: 4 } },
    });
    expect([found.significant, found.p]).toEqual([1, null]);
    // A value at the end is no peak, whatever it is.
    expect(peakOverSeeds([course(9, 1, 2, 3)]).seeds[0]).toMatchObject({ at: "t0", lines: null, shown: false });
  });

  test("a point that a seed lacks is left out of that seed alone, and is no break", () => {
    const lacking = course(1, 2, 4, 3, 2).filter(({ name }) => name !== "t2");
    const found = peakOverSeeds([course(1, 2, 9, 3, 2), lacking]);
    expect(found.seeds.map(({ at }) => at)).toEqual(["t3", "t3"]);
    expect(found.seeds[1]!.lines!.rise.points).toBe(3);
  });

  test("is none where values only rise", () => {
    const found = peakOverSeeds([course(1, 2, 3, 4), course(1, 2, 3, 4), course(1, 2, 3, 4)]);
    expect([found.shown, found.p]).toEqual([0, 1]);
  });
});
