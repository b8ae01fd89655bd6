import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { readMlflow, readTensorboard } from "../../test/read-logs.js";
import { drawStripes, tinyBackboneFile } from "../../test/stripes.js";
import type { SweepResults } from "../report/sweep/index.js";
import { parseSweep } from "./read-options.js";
import { sweep } from "./sweep.js";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-logged-sweep-"));
  await drawStripes(join(root, "data"), 12);
  await tinyBackboneFile(join(root, "tiny.onnx"));
  return () => rm(root, { recursive: true, force: true });
});

/** Three taus, of which one ends at the first rung, and a rate that diverges. */
function run(log: string): Promise<SweepResults> {
  const options = parseSweep(join(root, "data"), {
    backbone: join(root, "tiny.onnx"),
    out: join(root, "run"),
    cache: join(root, "cache"),
    size: "16",
    valFraction: "0.25",
    batch: "8",
    threads: "1",
    jobs: "1",
    taus: "0,1,4",
    lr: "0.02,1e30",
    seeds: "3,",
    epochs: "4",
    log,
  });
  return sweep(options, { commandLine: "taskhead sweep" });
}

it("a sweep's logs have a run for each trial as far as it came, and are written again for a sweep that is finished", async () => {
  const { rows, rungs } = await run("tensorboard");
  expect(rungs).toEqual([2, 4]);
  const { scalars, others } = readTensorboard(join(root, "run", "logs", "tensorboard"));
  const perEpoch = Math.ceil(27 / 8);
  for (const { tau, learningRate, trials } of rows) {
    const name = `hp-ft-linear-smoothing-0/rate-${learningRate}/seed-3/tau-${tau}`;
    const of = (tag: string): number[] => scalars.flatMap(([run, t, , value]) => (run === name && t === tag ? [value] : [])); // prettier-ignore
    const [{ epochs, diverged, validationScores, bestEpoch, adaptation }] = trials as [(typeof trials)[0]];
    expect(of("train/loss").length).toBe(diverged ? of("train/loss").length : epochs * perEpoch);
    expect(of("validation/accuracy").sort()).toEqual(validationScores.map(Math.fround).sort());
    expect(of("best/epoch")).toEqual(bestEpoch === null ? [] : [bestEpoch]);
    expect(of("train/feature_euclidean")).toEqual(adaptation?.euclidean == null ? [] : [Math.fround(adaptation.euclidean)]); // prettier-ignore
    expect(of("start/energy")).toHaveLength(1);
    expect(others).toContain(`${name}: _hparams_/session_end_info`);
  }
  expect(scalars.filter(([run, tag]) => run === "probing/linear-smoothing-0-seed-3" && tag === "probing/energy").length).toBeGreaterThan(4); // prettier-ignore

  await run("mlflow");
  const again = readMlflow(join(root, "run", "logs", "mlruns"));
  expect(again.map(([name, tag, step, value]) => [name, tag, step, Math.fround(value)])).toEqual(scalars);
});
