import { spawnSync } from "node:child_process";
import { inRepository } from "../paths.js";

/**
 * What the command line prints with `--json`.
 * @throws {Error} with all that it said, if that is no JSON
 */
export function taskhead<T>(...args: readonly string[]): T {
  const main = inRepository("packages/taskhead/dist/main.js");
  const { stdout, stderr } = spawnSync(process.execPath, [main, ...args, "--json"], { encoding: "utf8" });
  try {
    return JSON.parse(stdout) as T;
  } catch {
    throw new Error(`taskhead ${args[0]!} said: ${stdout}${stderr}`);
  }
}
