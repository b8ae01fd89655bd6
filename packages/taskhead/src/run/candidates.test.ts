import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { drawStripes, tinyBackboneFile } from "../../test/stripes.js";
import { tuneOptions } from "../../test/tune-options.js";
import type { TuneResults, TuneRow } from "../report/index.js";
import { tuneTable } from "../terminal/results.js";
import { tuneFolder } from "./tune.js";

let root: string;
let results: TuneResults;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-candidates-"));
  await drawStripes(join(root, "data"), 8);
  await tinyBackboneFile(join(root, "tiny.onnx"));
  results = await run("auto");
  return () => rm(root, { recursive: true, force: true });
});

function run(out: string): Promise<TuneResults> {
  const given = { val: join(root, "data"), taus: "auto", lr: "auto", probeEpochs: "8", epochs: "6" };
  return tuneFolder(tuneOptions(root, out, given), { commandLine: "taskhead tune" });
}

describe("--taus auto with --lr auto", () => {
  it("tries two rates, what the range tests found and twice that; the higher one alone at tau 0", async () => {
    const { rows, otherRates } = results;
    const taus = rows.map((row) => row.tau);
    expect(taus).toHaveLength(4);
    expect(taus).toEqual([...new Set(taus)]);
    expect(otherRates.map((row) => row.tau)).toEqual(taus.slice(1));
    const middle = rows[2]!;
    const kept = JSON.parse(await readFile(join(root, "auto", `tau-${middle.tau}`, "rate.json"), "utf8")) as {
      rate: number;
    };
    // Where a run failed at first, it is that rate.
    const factor = (row: TuneRow): number => (row.lowered[0]?.learningRate ?? row.learningRate!) / kept.rate;
    expect(factor(rows[0]!)).toBeCloseTo(2, 9);
    for (const [i, row] of rows.slice(1).entries()) {
      const [low, high] = [factor(row), factor(otherRates[i]!)].sort((a, b) => a - b);
      expect(low).toBeCloseTo(1, 9);
      expect(high).toBeCloseTo(2, 9);
    }
  });

  it("trains the better half at each rate on after half of the epochs, and tau 0", () => {
    const upTo = (row: TuneRow): number => Math.max(...row.epochs.slice(0, 3).map((epoch) => epoch.validationScore!));
    const all = [...results.rows, ...results.otherRates];
    expect(all.every((row) => row.stopped === row.epochs.length < 6)).toBe(true);
    expect(results.rows[0]).toMatchObject({ tau: 0, stopped: false });
    const lower = all.filter((row) => all.some((b) => b.tau === row.tau && b.learningRate! > row.learningRate!));
    const higher = all.filter((row) => !lower.includes(row));
    for (const [same, count] of [
      [lower, 1],
      [higher, 2],
    ] as const) {
      const best = same.map(upTo).sort((a, b) => b - a);
      for (const row of same)
        if (!row.stopped && row.tau !== 0) expect(upTo(row)).toBeGreaterThanOrEqual(best[count - 1]!);
      expect(same.filter((row) => !row.stopped).length).toBeGreaterThanOrEqual(count);
      expect(same.filter((row) => !row.stopped && row.tau !== 0).length).toBeLessThanOrEqual(count);
    }
  });

  it("shows the run of each tau that went further, of equals the better, and names the others", () => {
    for (const other of results.otherRates) {
      const row = results.rows.find(({ tau }) => tau === other.tau)!;
      expect(row.epochs.length).toBeGreaterThanOrEqual(other.epochs.length);
      if (row.epochs.length === other.epochs.length)
        expect(row.bestValidationScore).toBeGreaterThanOrEqual(other.bestValidationScore!);
      expect(tuneTable(results)).toMatch(
        new RegExp(`^[ ★]+${other.tau} +${other.learningRate!.toPrecision(2).replace("+", "\\+")} `, "m"),
      );
    }
  });

  it("exports the best, and goes on after a kill to the same result", async () => {
    const { tau, validationScore } = results.best!;
    expect(results.rows.find((row) => row.tau === tau)!.bestValidationScore).toBe(validationScore);
    await cp(join(root, "auto"), join(root, "killed"), { recursive: true });
    await rm(join(root, "killed", "higher-rate"), { recursive: true });
    const { rows, otherRates, best } = await run("killed");
    const timeless = (all: TuneRow[]): TuneRow[] => all.map((row) => ({ ...row, seconds: 0 }));
    expect(timeless(rows)).toEqual(timeless(results.rows));
    expect(timeless(otherRates)).toEqual(timeless(results.otherRates));
    expect(best).toEqual(results.best);
  });
});
