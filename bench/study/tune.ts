import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inRepository } from "#scripts/paths.js";
import type { TuneResults, TuneRow } from "@taskhead/core";
import type { Task } from "./tasks.js";

const command = inRepository("packages/taskhead/dist/main.js");

/**
 * `taskhead tune` in a process of its own, with one thread. One that ran before is read. Its standard error is kept in
 * `out.log`.
 * @throws {Error} if it ends without results
 */
export async function tune(args: readonly string[], out: string): Promise<TuneResults> {
  const before = readResults(out);
  if (before) return before;
  mkdirSync(dirname(out), { recursive: true });
  const child = spawn(process.execPath, [command, "tune", ...args, "--threads", "1", "--json", "--out", out], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const log: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => log.push(chunk));
  const status = await new Promise((resolve) => child.on("close", resolve));
  writeFileSync(`${out}.log`, Buffer.concat(log));
  const results = readResults(out);
  if (!results) throw new Error(`taskhead tune ${args.join(" ")} ended with ${status}: see ${out}.log`);
  return results;
}

/** What a run left in its folder; null where it left none. */
export function readResults(folder: string): TuneResults | null {
  const file = join(folder, "results.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as TuneResults) : null;
}

/** The results of a run, one for each seed that has it; none for a task that was not run. */
export function resultsOfSeeds(out: string, task: Task, run: string): TuneResults[] {
  const folder = join(out, task);
  const seeds = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith("seed-")) : [];
  return seeds.flatMap((seed) => readResults(join(folder, seed, run)) ?? []);
}

/** What a run scores on the test images; null for one that diverged. */
export function testScore({ ood }: TuneRow): number | null {
  return ood[0]?.finetuned ?? null;
}

/** Every tau with its score on the test images, for a line of progress. */
export function shown({ rows }: TuneResults): string {
  return rows.map((row) => `${row.tau} ${row.diverged ? "diverged" : testScore(row)}`).join(", ");
}

/** Runs jobs, `width` of them at a time, in their order. */
export async function inParallel<T>(jobs: readonly (() => Promise<T>)[], width: number): Promise<T[]> {
  const results = new Map<number, T>();
  const waiting = jobs.entries();
  const worker = async () => {
    for (const [i, job] of waiting) results.set(i, await job());
  };
  await Promise.all(Array.from({ length: width }, worker));
  return jobs.map((_, i) => results.get(i)!);
}
