import { describe, expect, it } from "vitest";
import type { SweepRow, SweepTrial } from "../report/sweep/index.js";
import type { Measurement } from "@taskhead/core/internals";
import { againstBest, bestOf, scoreAt } from "./standings.js";

function trial(validationScores: number[], diverged = false): SweepTrial {
  return {
    seed: 0,
    bestValidationScore: diverged ? null : Math.max(...validationScores),
    bestEpoch: null,
    diverged,
    epochs: validationScores.length,
    validationScores,
  };
}

const on = (samples: number): Measurement => ({
  metric: { name: "accuracy", percent: true, chance: 0.5 },
  samples,
});

function row(trials: SweepTrial[], epochs: number): SweepRow {
  return { trials, epochs, mean: scoreAt(trials, epochs) } as SweepRow;
}

describe("standings", () => {
  it("have no mean where one seed diverged", () => {
    expect(scoreAt([trial([0.4]), trial([0.6])], 1)).toBeCloseTo(0.5, 12);
    expect(scoreAt([trial([0.4]), trial([], true)], 1)).toBeNull();
  });

  it("put the longest trained first, then the highest mean", () => {
    const [early, late, lost] = [row([trial([0.9])], 1), row([trial([0.1, 0.8])], 2), row([trial([], true)], 2)];
    expect(bestOf([lost, early, late])).toBe(late);
    expect(bestOf([lost, early])).toBe(early);
    expect(bestOf([lost])).toBeUndefined();
    const collapsed: SweepRow = { ...late, status: "collapsed" };
    expect(bestOf([collapsed, early])).toBe(early);
    expect(bestOf([collapsed, lost])).toBe(collapsed);
  });

  it("compare with the best at the epoch where a candidate stopped, seed by seed", () => {
    const best = row([trial([0.5, 0.9]), trial([0.6, 0.9]), trial([0.7, 0.9])], 2);
    const stopped = row([trial([0.4]), trial([0.4]), trial([0.4])], 1);
    // Differences 0.1, 0.2, 0.3: mean 0.2, half-width 4.302653 · 0.1 / √3.
    const against = againstBest(best, stopped, on(100))!;
    expect(against).toMatchObject({ epochs: 1, withinNoise: true });
    expect(against.difference).toBeCloseTo(0.2, 12);
    expect(against.low).toBeCloseTo(0.2 - 0.2484138, 6);
    const far = row([trial([0.3, 0.5]), trial([0.3, 0.51]), trial([0.3, 0.49])], 2);
    expect(againstBest(best, far, on(100))!.withinNoise).toBe(false);
    expect(againstBest(best, best, on(100))).toBeNull();
  });

  it("with one seed compare sample by sample where both were trained as long, and hits were kept", () => {
    // 11 of 100 samples that only the best gets right.
    const [a, b] = ["1".repeat(91) + "0".repeat(9), "1".repeat(80) + "0".repeat(20)];
    const best = row([{ ...trial([0.91]), hits: a }], 1);
    expect(againstBest(best, row([{ ...trial([0.8]), hits: b }], 1), on(100))).toMatchObject({
      basis: "paired hits",
      withinNoise: false,
    });
    const longer = row([{ ...trial([0.85, 0.91]), hits: a }], 2);
    expect(againstBest(longer, row([{ ...trial([0.8]), hits: b }], 1), on(100))).toMatchObject({
      epochs: 1,
      basis: "independent samples",
      withinNoise: true,
    });
  });

  it("claim nothing of scores whose error is not known", () => {
    const area = { metric: { name: "mean ROC-AUC", percent: false, chance: 0.5 }, samples: 100 };
    expect(againstBest(row([trial([0.9])], 1), row([trial([0.85])], 1), area)).toMatchObject({
      low: null,
      withinNoise: false,
    });
  });

  it("with one seed and accuracies alone ask whether the interval of the samples holds 0", () => {
    const best = row([trial([0.9])], 1);
    expect(againstBest(best, row([trial([0.85])], 1), on(100))!.withinNoise).toBe(true);
    expect(againstBest(best, row([trial([0.6])], 1), on(100))!.withinNoise).toBe(false);
    expect(againstBest(best, row([trial([0.85])], 1), on(10_000))!.withinNoise).toBe(false);
  });
});
