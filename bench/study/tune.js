import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../packages/taskhead/dist/main.js", import.meta.url));

/**
 * `taskhead tune` in a process of its own, with one thread. One that ran before is read. Its standard error is kept in
 * `out.log`.
 * @returns the results; null where every run diverged
 */
export async function tune(args, out) {
  const finished = join(out, "results.json");
  if (existsSync(finished)) return JSON.parse(readFileSync(finished, "utf8"));
  mkdirSync(dirname(out), { recursive: true });
  const child = spawn(process.execPath, [command, "tune", ...args, "--threads", "1", "--json", "--out", out], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const log = [];
  child.stderr.on("data", (chunk) => log.push(chunk));
  const status = await new Promise((resolve) => child.on("close", resolve));
  writeFileSync(`${out}.log`, Buffer.concat(log));
  if (!existsSync(finished)) throw new Error(`taskhead tune ${args.join(" ")} ended with ${status}: see ${out}.log`);
  return JSON.parse(readFileSync(finished, "utf8"));
}

/** Runs tasks, `jobs` at a time, in their order. */
export async function inParallel(tasks, jobs) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < tasks.length) {
      const i = next++;
      results[i] = await tasks[i]();
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results;
}
