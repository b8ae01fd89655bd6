import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
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
  const paths = [
    "--backbone",
    join(root, "tiny.onnx"),
    "--cache",
    join(root, `${out}-cache`),
    "--out",
    join(root, out),
  ];
  const child = spawn(process.execPath, [main, "tune", join(root, "data"), ...options, ...paths]);
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

it("a run killed in the middle of fine-tuning goes on to the result of an undisturbed one", async () => {
  expect((await tune("undisturbed")).code).toBe(0);
  expect((await tune("killed", "tau 2 epoch 5/30")).endedBy).toBe("SIGKILL");
  expect(existsSync(join(root, "killed", "tau-0", "result.json"))).toBe(true);
  expect(existsSync(join(root, "killed", "results.json"))).toBe(false);
  const resumed = await tune("killed");
  expect(resumed.code).toBe(0);
  expect(resumed.errors).not.toContain("tau 0 epoch");
  expect(resumed.errors).not.toContain("tau 2 epoch 1/30");
  expect(await results("killed")).toEqual(await results("undisturbed"));
});

it("Ctrl-C saves, says how to go on, and the run goes on from there", async () => {
  const stopped = await tune("stopped", "tau 0 epoch 7/30", "SIGINT");
  expect(stopped.code).toBe(130);
  expect(stopped.errors).toMatch(/the same command/);
  expect((await tune("stopped")).errors).not.toContain("tau 0 epoch 7/30");
  expect(await results("stopped")).toEqual(await results("undisturbed"));
});
