/** What the tables of the benchmarks share: a measurement is a process of its own, ours or PyTorch's. */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { basename } from "node:path";
import { inRepository } from "#scripts/paths.js";
import { parse, type Measurement } from "./measurement.js";
import { median } from "./statistics.js";

/** A program of a benchmark and the arguments that say what it does; the folder of data comes last. */
export type Work = readonly (string | number)[];

export type Side = "ours" | "pytorch";

/** The two sides of a case; whole jobs, with taus that are given or by the command's defaults, are scripts of their own. */
export const scripts = {
  part: { ours: inRepository("bench/dist/ours.js"), pytorch: inRepository("bench/peers/pytorch.py") },
  tune: { ours: inRepository("bench/dist/tune.js"), pytorch: inRepository("bench/peers/pytorch_tune.py") },
  job: { ours: inRepository("bench/dist/job.js"), pytorch: inRepository("bench/peers/pytorch_job.py") },
} as const satisfies Record<string, Record<Side, string>>;

/** The options that all tables take, for `parseArgs`. */
export const commonOptions = {
  python: { type: "string", default: "python3" },
  shared: { type: "string", default: inRepository("../shared") },
  json: { type: "string" },
} as const;

/** Where and with what was measured. */
export interface Surroundings {
  readonly machine: string;
  readonly node: string;
  readonly onnxruntime: string;
  /** null where that Python has no PyTorch */
  readonly pytorch: string | null;
}

/** @throws {Error} with the last words of a process that fails */
export function measure(program: string, script: string, work: Work, folder: string): Measurement {
  const run = spawnSync(program, [script, ...work.map(String), folder], { encoding: "utf8" });
  const reason = /^\w*Error: .*$/m.exec(run.stderr)?.[0] ?? run.stderr.trim().split("\n").at(-1);
  if (run.status !== 0) throw new Error(`${basename(script)} ${work.join(" ")} failed: ${reason}`);
  return parse(run.stdout);
}

/** The names asked for, or all. @throws {Error} if one is not there */
export function chosen<T>(noun: string, known: Readonly<Record<string, T>>, names: readonly string[]): [string, T][] {
  if (names.length === 0) return Object.entries(known);
  return names.map((name) => {
    const found = known[name];
    if (!found) throw new Error(`no ${noun} '${name}'; there are ${Object.keys(known).join(", ")}`);
    return [name, found];
  });
}

function pytorchVersion(python: string): string | null {
  try {
    return execFileSync(python, ["-c", "import torch; print(torch.__version__)"], { stdio: "pipe" }).toString().trim();
  } catch {
    return null;
  }
}

export function surroundings(python: string): Surroundings {
  const manifest = readFileSync(inRepository("node_modules/onnxruntime-node/package.json"), "utf8");
  return {
    machine: `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    onnxruntime: (JSON.parse(manifest) as { version: string }).version,
    pytorch: pytorchVersion(python),
  };
}

export function describe({ machine, node, onnxruntime, pytorch }: Surroundings): string {
  const peer = pytorch ? `PyTorch ${pytorch}` : "no PyTorch found: our side alone";
  return `${machine}; Node ${node}, onnxruntime-node ${onnxruntime}, ${peer}`;
}

/** Keeps every measurement, with versions and machine. */
export function keep(file: string, about: Surroundings, rounds: number, results: readonly object[]): void {
  writeFileSync(file, `${JSON.stringify({ ...about, rounds, results }, null, 1)}\n`);
}

export const ratesOf = (list: readonly Measurement[]): number[] => list.map(({ perSecond }) => perSecond);
export const peaksOf = (list: readonly Measurement[]): number[] => list.map(({ peakBytes }) => peakBytes);
export const mebibytes = (bytes: readonly number[]): number => Math.round(median(bytes) / 2 ** 20);
