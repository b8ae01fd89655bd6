import { describe, expect, it } from "vitest";
import { stratifiedSplit } from "./split.js";

const labels = [...Array<number>(50).fill(0), ...Array<number>(20).fill(2), 1, 1, 3];

describe("a stratified split", () => {
  it("puts every index on exactly one side, in order", () => {
    const { train, validation } = stratifiedSplit(labels, 0.2, 7);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
    for (const side of [train, validation]) expect(side).toEqual([...side].sort((a, b) => a - b));
  });

  it("takes the fraction from every class, at least one from a class of two, none from a class of one", () => {
    const { validation } = stratifiedSplit(labels, 0.2, 7);
    const count = (label: number): number => validation.filter((i) => labels[i] === label).length;
    expect([0, 1, 2, 3].map(count)).toEqual([10, 1, 4, 0]);
    const most = stratifiedSplit(labels, 0.99, 7);
    expect([0, 1, 2].map((label) => most.train.filter((i) => labels[i] === label).length)).toEqual([1, 1, 1]);
  });

  it("is the same for the same seed and another for another seed", () => {
    expect(stratifiedSplit(labels, 0.2, 7)).toEqual(stratifiedSplit(labels, 0.2, 7));
    expect(stratifiedSplit(labels, 0.2, 8)).not.toEqual(stratifiedSplit(labels, 0.2, 7));
  });

  it("chooses every image about equally often", () => {
    const same = Array.from({ length: 20 }, () => 0);
    const chosen = [...same];
    for (let seed = 0; seed < 2000; seed++) for (const i of stratifiedSplit(same, 0.25, seed).validation) chosen[i]!++;
    // 500 expected, standard deviation 19.
    expect(Math.min(...chosen)).toBeGreaterThan(400);
    expect(Math.max(...chosen)).toBeLessThan(600);
  });
});
