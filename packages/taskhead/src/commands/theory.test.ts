import { existsSync, readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { taskhead } from "../../test/command-line.js";
import type { TheoryReport } from "../report/theory/index.js";
import { InterruptedError } from "../run/interrupted.js";
import { silent } from "../terminal/progress.js";
import { theoryCommand } from "./theory.js";

const small = ["--d", "8", "--h", "2", "--n", "4", "--tasks", "2", "--taus", "inf,0,0.5"];

async function theory(...argv: string[]) {
  const folder = join(await mkdtemp(join(tmpdir(), "taskhead-")), "theory");
  return { folder, ...(await taskhead("theory", "--out", folder, ...argv)) };
}

describe("taskhead theory", () => {
  it("prints a row per tau, ascending, and the trends", async () => {
    const { code, out, err } = await theory(...small);
    expect(code).toBe(0);
    expect(
      out
        .split("\n")
        .slice(1, 4)
        .map((row) => row.replace("★", "").trim().split(/\s+/)[0]),
    ).toEqual(["0", "0.5", "inf"]);
    expect(out).toMatch(/as energy grows: euclidean \w+; cosine \w+/);
    expect(err).toContain("6/6 runs");
  });

  it("prints with --json one object and nothing else, which it also writes", async () => {
    const { code, out, folder } = await theory(...small, "--json");
    expect(code).toBe(0);
    const report = JSON.parse(out) as TheoryReport;
    expect(out).toBe(readFileSync(join(folder, "theory.json"), "utf8"));
    expect(report.rows.map((row) => row.tau)).toEqual([0, 0.5, "inf"]);
    expect(report.rows.every((row) => row.runs.length === 2)).toBe(true);
    expect(report.options).toMatchObject({ d: 8, h: 2, n: 4, span: 2, headNorm: 0.5 });
  });

  it("writes a page with its plots that loads nothing and runs nothing", async () => {
    const { folder } = await theory(...small);
    const html = readFileSync(join(folder, "theory.html"), "utf8");
    expect(html.match(/<svg role="img" aria-label="[^"]+"/g)).toHaveLength(2 + 2 + 4);
    expect(html).not.toMatch(/https?:|\bsrc=|\bhref="[^#]|@import|<script|<link|\son\w+=/i);
    expect(html).not.toMatch(/NaN|undefined|\[object/);
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(html).toContain("τ\u00a0=\u00a0∞");
  });

  it("works for one task and one tau, and for the probed head at several scales", async () => {
    const one = ["--d", "8", "--h", "2", "--n", "4", "--tasks", "1", "--taus", "1", "--scale", "0.5,1"];
    const { code, folder, out } = await theory(...one);
    expect(code).toBe(0);
    const page = readFileSync(join(folder, "theory.html"), "utf8");
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    expect(page).toContain("The fully probed head, scaled");
    expect(out).toMatch(/the fully probed head times a scale:\n +scale +energy.*\n +0\.5 +0\.\d{3}.*\n +1 +0\.\d{3}/);
  });

  it.each([
    [["--d", "ten"], "--d wants a whole number of at least 1 and at most 1000, not 'ten'"],
    [["--angle", "91"], "--angle wants a number of at least 0 and at most 90, not '91'"],
    [["--ood", "0"], "--ood wants a number above 0, not '0'"],
    [["--taus", "0,-1"], "--taus wants numbers from 0, or inf, separated by commas"],
    [["--n", "40"], "n = 40 is not below d = 40"],
    [["--span", "21"], "span = 21 is above n = 20"],
  ])("answers %j with one line and exit code 2", async (argv, message) => {
    const { code, out, err, folder } = await theory(...argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^taskhead: [^\n]+\n$/);
    expect(err).toContain(message);
    expect(existsSync(folder)).toBe(false);
  });

  it("stopped by Ctrl-C it says that nothing was written", async () => {
    const out = join(await mkdtemp(join(tmpdir(), "taskhead-")), "theory");
    const model = { d: 8, h: 2, n: 4, k: 1, span: 2, angle: 30, headNorm: 1, ood: 1, taus: [0], tasks: 1 };
    const stopped = AbortSignal.abort(new InterruptedError());
    const context = { print() {}, progress: silent, signal: stopped, commandLine: "", version: "" };
    const command = theoryCommand({ ...model, out, json: false, verbose: false }, context);
    await expect(command).rejects.toThrow(new InterruptedError("stopped; nothing was written"));
    expect(existsSync(out)).toBe(false);
  });
});
