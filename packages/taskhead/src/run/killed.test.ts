import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { readMlflow, readTensorboard, readWandb } from "../../test/read-logs.js";
import { drawStripes, tinyBackboneFile } from "../../test/stripes.js";
import type { TuneResults } from "../report/index.js";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-killed-"));
  await drawStripes(join(root, "data"), 12);
  await tinyBackboneFile(join(root, "tiny.onnx"));
  return () => rm(root, { recursive: true, force: true });
});

/** Runs the command in a process of its own; with `until`, sends the signal as soon as standard error shows that. */
async function tune(out: string, until?: string, signal: NodeJS.Signals = "SIGKILL") {
  const options = "--size 16 --taus 0,2 --epochs 30 --batch 8 --lr 0.01 --threads 1 --json".split(" ");
  const log = ["--log", "tensorboard,mlflow,wandb"];
  const paths = [
    "--backbone",
    join(root, "tiny.onnx"),
    "--cache",
    join(root, `${out}-cache`),
    "--out",
    join(root, out),
  ];
  const child = spawn(process.execPath, [main, "tune", join(root, "data"), ...options, ...log, ...paths]);
  let errors = "";
  let sent = false;
  child.stderr.on("data", (text: Buffer) => {
    errors += text.toString();
    if (until && !sent && errors.includes(until)) sent = child.kill(signal);
  });
  const [code, endedBy] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on("close", (...end) => resolve(end)),
  );
  return { code, endedBy, errors };
}

async function results(out: string): Promise<unknown> {
  const found = JSON.parse(await readFile(join(root, out, "results.json"), "utf8")) as TuneResults;
  return { rows: found.rows.map((row) => ({ ...row, seconds: 0 })), best: found.best, probing: found.probing };
}

/** What logs say, in the order of their steps: no time is in it. */
function logged(out: string) {
  const at = (name: string): string => join(root, out, "logs", name);
  const { scalars, others } = readTensorboard(at("tensorboard"));
  const { history, ended } = readWandb(at("wandb"));
  return { scalars, others: others.toSorted(), mlflow: readMlflow(at("mlruns")), history, ended };
}

/** As a kill in the middle of writing leaves it: each file of a run that was under way lacks its last bytes. */
async function cutShort(out: string): Promise<number> {
  const logs = join(root, out, "logs");
  const all = await readdir(logs, { recursive: true, withFileTypes: true });
  const cut = all.filter(
    (entry) => entry.isFile() && /tau-2|events|metrics|\.wandb$/.test(join(entry.path, entry.name)),
  );
  for (const { path, name } of cut) {
    const { size } = await stat(join(path, name));
    await truncate(join(path, name), Math.max(0, size - 5));
  }
  return cut.length;
}

it("a run killed in the middle of fine-tuning goes on to the result of an undisturbed one", async () => {
  expect((await tune("undisturbed")).code).toBe(0);
  expect((await tune("killed", "tau 2 epoch 5/30")).endedBy).toBe("SIGKILL");
  expect(existsSync(join(root, "killed", "tau-0", "result.json"))).toBe(true);
  expect(existsSync(join(root, "killed", "results.json"))).toBe(false);
  expect(await cutShort("killed")).toBeGreaterThan(2);
  const resumed = await tune("killed");
  expect(resumed.code).toBe(0);
  expect(resumed.errors).not.toContain("tau 0 epoch");
  expect(resumed.errors).not.toContain("tau 2 epoch 1/30");
  expect(await results("killed")).toEqual(await results("undisturbed"));

  const logs = logged("killed");
  expect(logs).toEqual(logged("undisturbed"));
  const points = logs.mlflow.map(([run, name, step]) => `${run} ${name} ${step}`);
  expect(points.length).toBeGreaterThan(2 * 30 * 3);
  expect(new Set(points).size).toBe(points.length);
  expect(logs.history).toHaveLength(points.length);
  expect(logs.scalars).toHaveLength(points.length);
});

it.each(["SIGINT", "SIGTERM"] as const)(
  "%s saves, says how to go on, and the run goes on from there",
  async (signal) => {
    const stopped = await tune(signal, "tau 0 epoch 7/30", signal);
    expect(stopped.code).toBe(130);
    expect(stopped.errors).toMatch(/the same command/);
    expect((await tune(signal)).errors).not.toContain("tau 0 epoch 7/30");
    expect(await results(signal)).toEqual(await results("undisturbed"));
  },
);
