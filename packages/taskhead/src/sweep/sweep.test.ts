import { cp, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { taskhead } from "../../test/command-line.js";
import { HubServer, token } from "../../test/hub-server.js";
import { drawStripes, stagedBackboneFile, tinyBackboneFile } from "../../test/stripes.js";
import type { TuneResults } from "../report/index.js";
import type { SweepResults } from "../report/sweep/index.js";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-sweep-"));
  await drawStripes(join(root, "data"), 12);
  await tinyBackboneFile(join(root, "tiny.onnx"));
  return () => rm(root, { recursive: true, force: true });
});

function run(command: string, out: string, ...given: string[]) {
  const fixed = "--size 16 --epochs 4 --batch 8 --threads 1 --val-fraction 0.25 --json".split(" ");
  const folders = ["--backbone", join(root, "tiny.onnx"), "--cache", join(root, "cache"), "--out", join(root, out)];
  return taskhead(command, join(root, "data"), ...folders, ...fixed, ...given);
}

async function sweep(out: string, ...given: string[]): Promise<SweepResults> {
  const { code, out: text, err } = await run("sweep", out, ...given);
  expect(code, err).toBe(0);
  return JSON.parse(text) as SweepResults;
}

/** Three taus, a sound rate and an absurd one. */
const grid = ["--taus", "0,1,4", "--lr", "0.02,1e30", "--seeds", "0,1"];

describe("a sweep", () => {
  let first: SweepResults;

  it("trains the better half on, reports what diverged, and goes on", async () => {
    first = await sweep("first", ...grid, "--test", join(root, "data"));
    expect(first.rungs).toEqual([2, 4]);
    expect(first.rows.map((row) => [row.tau, row.learningRate])).toEqual(
      [0, 1, 4].flatMap((tau) => [0.02, 1e30].map((rate) => [tau, rate])),
    );
    for (const row of first.rows) {
      expect(row.status === "diverged").toBe(row.learningRate === 1e30);
      expect(row.trials.map((trial) => trial.seed)).toEqual([0, 1]);
      for (const trial of row.trials) expect(trial.epochs).toBe(row.status === "diverged" ? 1 : row.epochs);
    }
    // Of six, three are sound: all of them are in the better half.
    expect(first.rows.filter((row) => row.status === "finished")).toHaveLength(3);
    expect(first.cost).toEqual({ imageSteps: 27 * (3 * 2 * 4 + 3 * 2), fullGrid: 27 * 6 * 2 * 4 });
  });

  it("has means and deviations over the seeds, and picks the highest", () => {
    for (const row of first.rows.filter((r) => r.status === "finished")) {
      const [a, b] = row.trials.map((trial) => Math.max(...trial.validationScores)) as [number, number];
      expect(row.mean).toBeCloseTo((a + b) / 2, 12);
      expect(row.spread).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 12);
      expect(row.mean!).toBeLessThanOrEqual(first.rows[first.best!.row]!.mean!);
    }
    const { row, seed, epoch, validationScore, testScore } = first.best!;
    const trial = first.rows[row]!.trials.find((t) => t.seed === seed)!;
    expect(validationScore).toBe(trial.validationScores[epoch - 1]);
    expect(testScore).toBeGreaterThan(0);
  });

  it("gives a trial the numbers that tune gives it alone", async () => {
    const { code, out } = await run("tune", "alone", "--taus", "0,1,4", "--lr", "0.02");
    expect(code).toBe(0);
    const alone = JSON.parse(out) as TuneResults;
    for (const row of first.rows.filter((r) => r.learningRate === 0.02)) {
      const same = alone.rows.find((r) => r.tau === row.tau)!;
      expect(row.trials[0]!.validationScores).toEqual(same.epochs.map((e) => e.validationScore));
    }
  });

  it("writes a page that needs nothing else", async () => {
    const page = await readFile(join(root, "first", "report.html"), "utf8");
    expect(page).toMatch(/<table>[^]*diverged in epoch 1 \(2 of 2 seeds\)[^]*<\/table>/);
    // By tau, by rate, epoch by epoch; and two of how far the blocks of the exported model moved.
    expect(page.match(/<svg role="img"/g)).toHaveLength(5);
    expect(page).not.toMatch(/<script|<link|src="(?!data:)|undefined|NaN/);
    expect(await readdir(join(root, "first", "model"))).toContain("taskhead.json");
    expect(await readdir(join(root, "first"))).toContain("samples.json");
  });

  it("exports a model with the card that a run's has, which goes to the hub", async () => {
    const card = await readFile(join(root, "first", "model", "README.md"), "utf8");
    const { best, rows, data } = first;
    const { tau, learningRate } = rows[best!.row]!;
    expect(card).toMatch(/^---\nlibrary_name: transformers.js\npipeline_tag: image-classification\n/);
    expect(card).toContain(`value: ${best!.unseenTest?.score ?? best!.testScore}\n`);
    expect(card).toContain(`method \`hp-ft\`, ${data.train.count} images for training, seed ${best!.seed}\n`);
    expect(card).toMatch(
      new RegExp(`tau = ${tau}.* to epoch ${best!.epoch}\n.*learning rate 0.0?${learningRate! * 100}`),
    );
    expect(card).toContain("the best on the images for validation of 6 candidates, and of its 2 seeds,");

    const hub = await HubServer.start();
    vi.stubEnv("HF_ENDPOINT", hub.url);
    vi.stubEnv("HF_TOKEN", token);
    try {
      const { code, err } = await taskhead("push", join(root, "first"), "me/swept");
      expect([code, err]).toEqual([0, expect.not.stringContaining("warning")]);
      const { branches, commits } = hub.repositories.get("models/me/swept")!;
      const there = commits.get(branches.get("main")!)!;
      expect([...there.keys()]).toEqual(expect.arrayContaining(["README.md", "onnx/model.onnx", "taskhead.json"]));
      expect(String(there.get("README.md"))).toBe(card);
    } finally {
      vi.unstubAllEnvs();
      await hub.close();
    }
  });

  it("goes on where it was cut short, to the same result", async () => {
    await cp(join(root, "first"), join(root, "killed"), { recursive: true });
    await rm(join(root, "killed", "results.json"));
    const [rate] = (await readdir(join(root, "killed", "trials"))).map((name) =>
      join(root, "killed", "trials", name, "rate-0.02"),
    );
    await rm(join(rate!, "seed-1"), { recursive: true });
    await rm(join(rate!, "seed-0", "tau-4"), { recursive: true });
    const again = await sweep("killed", ...grid, "--test", join(root, "data"));
    expect({ ...again.best, rows: again.rows }).toEqual({ ...first.best, rows: first.rows });
  });

  it("refuses the folder of another grid", async () => {
    const { code, err } = await run("sweep", "first", "--taus", "0,1", "--lr", "0.02,1e30", "--seeds", "0,1");
    expect([code, err]).toEqual([2, expect.stringMatching(/--taus is 0,1,4 there and 0,1 here/)]);
  });

  it("without halving trains every candidate to the end, and compares methods, heads and smoothing", async () => {
    // Which do nothing to the method that is named first.
    const training = ["--patience", "4", "--augment", "shift"];
    const axes = [
      ...training,
      "--method",
      "lp,hp-ft,ft",
      "--head",
      "linear,mlp",
      "--smoothing",
      "0,0.1",
      "--taus",
      "0,2",
    ];
    const { rows, rungs, cost } = await sweep("full", ...axes, "--lr", "0.02", "--seeds", "3,", "--no-halving");
    // For each head: tau 0 once, as smoothing and the name of the method change nothing there; the others twice.
    expect(
      rows.map((row) => `${row.method} ${row.head} ${row.smoothing} ${row.tau} ${row.learningRate}`).sort(),
    ).toEqual(
      ["linear", "mlp"]
        .flatMap((head) => [
          `hp-ft ${head} 0 0 0.02`,
          `hp-ft ${head} 0 2 0.02`,
          `hp-ft ${head} 0.1 2 0.02`,
          `lp ${head} 0 converged null`,
          `lp ${head} 0.1 converged null`,
        ])
        .sort(),
    );
    expect(rungs).toEqual([4]);
    expect(rows.every((row) => row.status === "finished" && row.spread === null)).toBe(true);
    for (const row of rows.filter((r) => r.method === "lp")) expect(row.mean).toBe(row.probeValidationScore);
    expect(cost).toEqual({ imageSteps: 27 * 6 * 4, fullGrid: 27 * 6 * 4 });
    expect(await readdir(join(root, "full", "probing"))).toHaveLength(4);
  });

  it("trains the side network for the method that has one, and the backbone for the other", async () => {
    await stagedBackboneFile(join(root, "side.onnx"));
    const given = ["--taus", "0", "--lr", "0.02", "--seeds", "0,", "--no-halving"];
    const { rows } = await sweep("beside", "--method", "side,hp-ft", "--side", join(root, "side.onnx"), ...given);
    const [beside, plain] = ["side", "hp-ft"].map((method) => rows.find((row) => row.method === method)!);
    const same = first.rows.find((row) => row.tau === 0 && row.learningRate === 0.02)!;
    const ended = plain!.trials[0]!.validationScores;
    expect(ended.slice(0, 2)).toEqual(same.trials[0]!.validationScores.slice(0, 2));
    expect(beside!.trials[0]!.adaptation!.euclidean).not.toBe(plain!.trials[0]!.adaptation!.euclidean);
  });

  it("takes energies in place of taus: of every seed its own head is brought to each", async () => {
    const given = ["--energy", "0.7,0.75", "--probe-epochs", "16", "--lr", "0.02", "--seeds", "0,1", "--no-halving"];
    const { rows } = await sweep("energies", ...given);
    expect(rows.map(({ tau, epochs }) => [tau, epochs])).toEqual([
      ["energy:0.75", 4],
      ["energy:0.7", 4],
    ]);
    for (const [i, wanted] of [0.75, 0.7].entries()) {
      const { energy, trials } = rows[i]!;
      expect(energy).toBeCloseTo(wanted, 6);
      for (const { adaptation } of trials) expect(adaptation!.energy).toBeCloseTo(wanted, 6);
    }
    const { out } = await run("tune", "energies-alone", ...given.slice(0, 6));
    const alone = JSON.parse(out) as TuneResults;
    expect(alone.rows.map((row) => row.epochs.map((epoch) => epoch.validationScore))).toEqual(
      rows.map(({ trials }) => trials[0]!.validationScores),
    );
  });

  it("says so when everything diverges", async () => {
    const { best, rows } = await sweep("lost", "--taus", "0,1", "--lr", "1e30", "--seeds", "0,");
    expect(best).toBeNull();
    expect(rows.every((row) => row.status === "diverged" && row.mean === null)).toBe(true);
  });
});
