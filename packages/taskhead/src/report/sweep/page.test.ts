import { compareScores } from "@taskhead/core/internals";
import { describe, expect, it } from "vitest";
import { sweepSummary } from "../../terminal/sweep-table.js";
import { candidatesPicture } from "./opening.js";
import { sweepPage } from "./page.js";
import type { SweepResults, SweepRow } from "./results.js";

const metric = { name: "R²", percent: false, chance: 0 };

function row(tau: number, score: number, status: SweepRow["status"] = "finished"): SweepRow {
  const trial = { seed: 0, bestValidationScore: score, bestEpoch: 2, diverged: false, epochs: 2 };
  return {
    method: "hp-ft",
    head: "linear",
    smoothing: 0,
    tau,
    learningRate: 0.01 * (1 + tau),
    probeValidationScore: -0.05,
    energy: 0.9,
    headNorm: 2,
    status,
    epochs: 2,
    mean: score,
    spread: null,
    trials: [{ ...trial, validationScores: [score / 2, score] }],
    againstBest: null,
  };
}

/** Two candidates of a regression on molecules, with one seed. @param kept what each molecule adds to the scores */
function results(kept: boolean): SweepResults {
  const [best, other] = [row(0, 0.61), row(4, 0.45)];
  const scored = ({ mean }: SweepRow) => ({
    score: mean!,
    contributions: kept ? Array.from({ length: 120 }, (_, n) => mean! + (n % 3) / 10 - 0.1) : null,
  });
  const difference = compareScores(scored(best), scored(other), { metric, samples: 120 });
  return {
    taskheadVersion: "0.1.0",
    createdAt: "2026-01-02T03:04:05.000Z",
    command: "taskhead sweep",
    backbone: { file: "model.onnx", parameters: 1000, reinitialisedBlocks: 0 },
    data: {
      sample: "molecule",
      objective: "regression",
      outputs: ["log solubility"],
      train: { path: null, count: 900, skipped: 0 },
      validation: { path: null, count: 120, skipped: 0 },
      test: { path: null, count: 100, skipped: 0 },
      ood: [],
      gaps: [],
      duplicates: null,
      groups: null,
    },
    metric,
    options: {},
    seeds: [0],
    rungs: [2],
    rows: [best, { ...other, againstBest: { epochs: 2, ...difference, withinNoise: false } }],
    cost: { imageSteps: 3600, fullGrid: 3600 },
    best: {
      row: 0,
      seed: 0,
      epoch: 2,
      blend: null,
      validationScore: 0.61,
      testScore: 0.58,
      unseenTest: null,
      classes: null,
      confusion: null,
      calibration: null,
      onTest: null,
      hardest: { validation: [], test: [] },
      outputs: [],
      projection: { samples: [], before: [], after: [], explained: [0, 0] },
      projectedClasses: null,
      layers: [],
      files: [],
    },
  };
}

describe("the page of a sweep", () => {
  it.each([true, false])("speaks of its own samples and score (what each adds known: %s)", (kept) => {
    const found = results(kept);
    const [page, summary] = [sweepPage(found).replaceAll("\u00a0", " "), sweepSummary(found)];
    for (const text of [page, summary]) {
      expect(text).not.toMatch(/NaN|undefined|null|Infinity/);
      expect(text).not.toMatch(/\bimages?\b|accuracy|right on/i);
      expect(text).toContain("R² 0.610");
    }
    expect(page).toMatch(/<h1[^>]*>R² 0\.580 on 100 test molecules<\/h1>/);
    expect(page).toMatch(
      /at once from a new, random head \(τ = 0\), at rate 0\.01, did best: R² 0\.610.*lead over the best candidate/s,
    );
    expect(page).toContain("3,600 molecule-steps");
    expect(summary).toContain("");
  });

  it("shows how far the blocks of the exported model moved, where it has any", () => {
    const found = results(true);
    expect(sweepPage(found)).not.toContain("Block by block");
    const moved = { distance: 1.5, norm: 3, cka: 0.75 };
    const layer = { output: "relu_1", shape: [8], parameters: ["w"], averaged: false, pooled: false };
    const layers = [{ ...layer, train: moved, validation: moved, test: null, ood: [] }];
    const page = sweepPage({ ...found, best: { ...found.best!, layers } });
    expect(page).toMatch(/id="blocks".*Block by block.*relu_<wbr>1.*0\.500.*0\.750/s);
  });

  it("speaks of energies where heads were brought to them", () => {
    const found = results(true);
    const rows = found.rows.map((one, i): SweepRow => ({ ...one, tau: `energy:${[0.8, 0.5][i]!}` }));
    const [page, summary] = [sweepPage({ ...found, rows }), sweepSummary({ ...found, rows })];
    expect(page.replaceAll("\u00a0", " ")).toMatch(/bringing it to an energy of 0\.8 and then everything/);
    expect(page).toContain("by the energy that the new head was brought to (E)");
    expect(page).toMatch(/<th[^>]*>E</);
    expect(summary).toMatch(/^ +energy +rate/m);
    expect(summary).toMatch(/^ +★ 0\.8 /m);
    for (const text of [page, summary]) expect(text).not.toMatch(/energy:/);
  });

  it("says what its intervals rest on, and where there are none", () => {
    expect(sweepPage(results(true))).toMatch(/compares them molecule by molecule.*0\.160 \[0\.1\d\d, 0\.1\d\d\]/s);
    const unknown = sweepPage(results(false));
    expect(unknown).toMatch(/without an interval.*>0\.160<.*noise not known/s);
  });
});

it("has bars by what each sample adds to a score, and none where that is not known", () => {
  const bare = results(false);
  const contributions = Array.from({ length: 120 }, (_, n) => 0.61 + (n % 3) / 10 - 0.1);
  const rows = bare.rows.map((one) => ({ ...one, trials: one.trials.map((trial) => ({ ...trial, contributions })) }));
  for (const [sweep, bars] of [
    [{ ...bare, rows }, true],
    [bare, false],
  ] as const) {
    const opening = candidatesPicture(sweep);
    expect(opening.includes('<i class="bar"')).toBe(bars);
    expect(opening.includes("95 % intervals of each number by itself")).toBe(bars);
  }
});
