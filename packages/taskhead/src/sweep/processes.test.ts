import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { drawStripes, tinyBackboneFile } from "../../test/stripes.js";
import type { SweepResults } from "../report/sweep/index.js";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-processes-"));
  await drawStripes(join(root, "data"), 12);
  await tinyBackboneFile(join(root, "tiny.onnx"));
  return () => rm(root, { recursive: true, force: true });
});

/** Runs a sweep as a user does; with `until`, sends the signal as soon as standard error shows that. */
async function sweep(out: string, jobs: number, until?: string, signal: NodeJS.Signals = "SIGKILL") {
  const options = "--size 16 --taus 0,2,4 --lr 0.02,1e30 --seeds 0,1 --epochs 12 --batch 8 --val-fraction 0.25";
  const paths = ["--backbone", join(root, "tiny.onnx"), "--cache", join(root, "cache"), "--out", join(root, out)];
  const threads = ["--threads", String(jobs), "--jobs", String(jobs)];
  const child = spawn(process.execPath, [
    main,
    "sweep",
    join(root, "data"),
    ...options.split(" "),
    ...paths,
    ...threads,
  ]);
  let errors = "";
  let sent = false;
  child.stderr.on("data", (text: Buffer) => {
    errors += text.toString();
    if (until && !sent && errors.includes(until)) sent = child.kill(signal);
  });
  const [code, endedBy] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on("exit", (...end) => resolve(end)),
  );
  return { code, endedBy, errors };
}

async function results(out: string) {
  const { rows, best, cost } = JSON.parse(await readFile(join(root, out, "results.json"), "utf8")) as SweepResults;
  return { rows, best, cost };
}

it("processes of one thread give what one process of one thread gives", async () => {
  expect((await sweep("one", 1)).code).toBe(0);
  const { code, errors } = await sweep("two", 2);
  expect(code, errors).toBe(0);
  expect(await results("two")).toEqual(await results("one"));
  expect((await results("two")).rows.some((row) => row.status === "diverged")).toBe(true);
});

it("a sweep that was killed, its processes in the middle of trials, goes on to the same result", async () => {
  expect((await sweep("killed", 2, "epoch 6:")).endedBy).toBe("SIGKILL");
  expect(existsSync(join(root, "killed", "results.json"))).toBe(false);
  const { code, errors } = await sweep("killed", 2);
  expect(code, errors).toBe(0);
  expect(await results("killed")).toEqual(await results("one"));
});

it("Ctrl-C saves the trials under way, and says how to go on", async () => {
  const stopped = await sweep("stopped", 2, "epoch 6:", "SIGINT");
  expect(stopped.code).toBe(130);
  expect(stopped.errors).toMatch(/the same command/);
  expect((await sweep("stopped", 2)).code).toBe(0);
  expect(await results("stopped")).toEqual(await results("one"));
});
