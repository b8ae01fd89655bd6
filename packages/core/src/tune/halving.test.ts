import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestWithin, rungs, successiveHalving, survivors } from "./halving.js";
import type { Tau } from "../probe/taus.js";

describe("rungs", () => {
  it.each([
    [16, 8, [2, 4, 8, 16]],
    [10, 5, [3, 5, 10]],
    [10, 15, [2, 3, 5, 10]],
    [10, 2, [5, 10]],
    [10, 1, [10]],
    [4, 100, [2, 4]],
    [3, 8, [2, 3]],
    [2, 8, [2]],
    [1, 8, [1]],
  ])("of %d epochs for %d candidates are %j", (epochs, candidates, expected) => {
    expect(rungs(epochs, candidates)).toEqual(expected);
  });

  it("ascend to all epochs", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 500 }), (epochs, candidates) => {
        const found = rungs(epochs, candidates);
        expect(found.at(-1)).toBe(epochs);
        expect(found).toEqual([...new Set(found)].sort((a, b) => a - b));
      }),
    );
  });
});

describe("a run at a rung", () => {
  it("is judged by the rung's epochs, however far it went", () => {
    const accuracies = [0.2, 0.5, 0.4, 0.9];
    expect([1, 2, 3, 4].map((epochs) => bestWithin(accuracies, epochs, false))).toEqual([0.2, 0.5, 0.5, 0.9]);
    expect([1, 2, 3].map((epochs) => bestWithin([0.2, 0.5], epochs, true))).toEqual([0.2, 0.5, null]);
    // Patience may have ended it.
    expect(bestWithin([0.7, 0.6], 10, false)).toBe(0.7);
  });
});

describe("survivors", () => {
  const standing = (tau: Tau, score: number | null) => ({ tau, score });

  it("are the better half, rounded up, in the order given", () => {
    const all = [standing(0, 0.9), standing(1, 0.2), standing(2, 0.7), standing(4, 0.3), standing("converged", 0.8)];
    expect(survivors(all)).toEqual([all[0], all[2], all[4]]);
  });

  it("include the best of the lowest tau, at nobody's cost", () => {
    const all = [standing(0, 0.1), standing(0, 0.2), standing(2, 0.7), standing(4, 0.8)];
    expect(survivors(all)).toEqual([all[1], all[2], all[3]]);
  });

  it("are none of those that diverged: the lowest tau is the lowest of the others", () => {
    const all = [standing(0, null), standing(1, 0.1), standing(2, 0.7), standing(4, 0.8)];
    expect(survivors(all)).toEqual([all[1], all[2], all[3]]);
    expect(survivors([standing(0, null)])).toEqual([]);
  });

  it("of equals are the earlier ones", () => {
    const all = [standing(0, 0.5), standing(1, 0.5), standing(2, 0.5), standing(4, 0.5)];
    expect(survivors(all)).toEqual([all[0], all[1]]);
  });
});

describe("successive halving", () => {
  // A candidate's score grows by its slope; tau 0 starts low and grows fastest.
  const slope = { 0: 0.09, 1: 0.04, 4: 0.05, 16: 0.02, 64: 0.01 } as Record<number, number>;
  const start = { 0: 0, 1: 0.1, 4: 0.2, 16: 0.5, 64: 0.42 } as Record<number, number>;

  it("lets the lowest tau win late, trains on and never again, and says where the others stopped", async () => {
    const advanced: [number[], number][] = [];
    const ended = await successiveHalving([0, 1, 4, 16, 64], {
      rungs: [3, 5, 10],
      tau: (tau) => tau,
      advance: async (taus, epochs) => {
        advanced.push([[...taus], epochs]);
        return taus.map((tau) => start[tau]! + slope[tau]! * epochs);
      },
    });
    expect(advanced).toEqual([
      [[0, 1, 4, 16, 64], 3],
      [[0, 4, 16, 64], 5],
      [[0, 16, 64], 10],
    ]);
    expect(ended.map((e) => e.epochs)).toEqual([10, 3, 5, 10, 10]);
    expect(ended[0]!.score).toBeCloseTo(0.9);
  });

  it("ends early when all diverge", async () => {
    const ended = await successiveHalving([0, 1], {
      rungs: [1, 2],
      tau: (tau) => tau,
      advance: async (taus) => taus.map(() => null),
    });
    expect(ended).toEqual([0, 1].map((candidate) => ({ candidate, score: null, epochs: 1 })));
  });
});
