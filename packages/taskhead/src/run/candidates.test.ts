import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { drawStripes, tinyBackboneFile } from "../../test/stripes.js";
import { parseOptions } from "../commands/options.js";
import type { TuneResults, TuneRow } from "../report/index.js";
import { silent } from "../terminal/progress.js";
import { otherRatesLine } from "../terminal/table.js";
import { tune } from "./tune.js";

let root: string;
let results: TuneResults;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-candidates-"));
  await drawStripes(join(root, "data"), 8);
  await tinyBackboneFile(join(root, "tiny.onnx"));
  results = await run("auto");
  return () => rm(root, { recursive: true, force: true });
}, 60_000);

function run(out: string): Promise<TuneResults> {
  const options = parseOptions(join(root, "data"), {
    backbone: join(root, "tiny.onnx"),
    val: join(root, "data"),
    valFraction: "0.2",
    size: "16",
    taus: "auto",
    probeEpochs: "8",
    epochs: "6",
    batch: "8",
    probeLr: "auto",
    lr: "auto",
    momentum: "0.9",
    smoothing: "0",
    seed: "0",
    threads: "1",
    memory: "64",
    cache: join(root, "cache"),
    out: join(root, out),
    json: true,
    verbose: false,
  });
  const signal = new AbortController().signal;
  return tune(options, { progress: silent, signal, commandLine: "taskhead tune", version: "0.0.0" });
}

describe("--taus auto with --lr auto", () => {
  it("tries two rates at every tau, a factor of two apart, around what the range test found", async () => {
    const { rows, otherRates } = results;
    const taus = rows.map((row) => row.tau);
    expect(taus).toHaveLength(4);
    expect(taus).toEqual([...new Set(taus)]);
    expect(otherRates.map((row) => row.tau)).toEqual(taus);
    const middle = rows[2]!;
    const kept = JSON.parse(await readFile(join(root, "auto", `tau-${middle.tau}`, "rate.json"), "utf8")) as {
      rate: number;
    };
    for (const [i, row] of rows.entries()) {
      const [low, high] = [row.learningRate!, otherRates[i]!.learningRate!].sort((a, b) => a - b);
      const found = kept.rate * (middle.headNorm! / row.headNorm!);
      expect(low).toBeCloseTo(found * 0.75, 12);
      expect(high).toBeCloseTo(found * 1.5, 12);
    }
  });

  it("trains the better half at each rate on after a third of the epochs", () => {
    const upTo = (row: TuneRow): number =>
      Math.max(...row.epochs.slice(0, 2).map((epoch) => epoch.validationAccuracy!));
    const pairs = results.rows.map((row, i) => [row, results.otherRates[i]!]);
    for (const rate of [0, 1]) {
      const same = pairs.map((pair) => pair.toSorted((a, b) => a.learningRate! - b.learningRate!)[rate]!);
      expect(same.map((row) => row.epochs.length).sort()).toEqual([2, 2, 6, 6]);
      expect(same.every((row) => row.stopped === row.epochs.length < 6)).toBe(true);
      const [stopped, kept] = [true, false].map((ended) => same.filter((row) => row.stopped === ended).map(upTo));
      expect(Math.max(...stopped!)).toBeLessThanOrEqual(Math.min(...kept!));
    }
  });

  it("shows the run of each tau that went further, of equals the better, and names the others", () => {
    for (const [i, row] of results.rows.entries()) {
      const other = results.otherRates[i]!;
      expect(row.epochs.length).toBeGreaterThanOrEqual(other.epochs.length);
      if (row.epochs.length === other.epochs.length)
        expect(row.bestValidationAccuracy).toBeGreaterThanOrEqual(other.bestValidationAccuracy!);
      expect(otherRatesLine(results)).toContain(`tau ${other.tau} at ${other.learningRate!.toPrecision(2)}: `);
    }
  });

  it("exports the best, and goes on after a kill to the same result", async () => {
    const { tau, validationAccuracy } = results.best!;
    expect(results.rows.find((row) => row.tau === tau)!.bestValidationAccuracy).toBe(validationAccuracy);
    await cp(join(root, "auto"), join(root, "killed"), { recursive: true });
    await rm(join(root, "killed", "higher-rate"), { recursive: true });
    const { rows, otherRates, best } = await run("killed");
    const timeless = (all: TuneRow[]): TuneRow[] => all.map((row) => ({ ...row, seconds: 0 }));
    expect(timeless(rows)).toEqual(timeless(results.rows));
    expect(timeless(otherRates)).toEqual(timeless(results.otherRates));
    expect(best).toEqual(results.best);
  });
});
