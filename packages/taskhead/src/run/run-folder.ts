import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Tau } from "@taskhead/core";
import { readJson, writeFileAtomic } from "../files/atomic.js";
import { UserError } from "../files/errors.js";

/** Everything that decides a run's result, by the name that a user knows it under. */
export type Configuration = Record<string, string | number | boolean | null>;

/**
 * A run on disk:
 *
 *     run.json                       what was asked for; another configuration may not use the folder
 *     probe.safetensors probe.json   the head at every tau, and its measures
 *     tau-<t>/rate.json              what the range tests of --lr auto found, at the middle tau
 *     tau-<t>/metrics.jsonl          one line per epoch; t is a number or `converged`
 *     tau-<t>/checkpoint.safetensors where an unfinished run continues
 *     tau-<t>/best.safetensors       weights of the best epoch
 *     tau-<t>/result.json            present when the run from this tau is finished
 *     lower-rate/ higher-rate/       the same for two rates, where --taus auto and --lr auto try them
 *     results.json report.html model/
 *
 * Every file is written whole under another name and renamed, so that a kill at any moment leaves a usable folder.
 */
export class RunFolder {
  private constructor(readonly path: string) {}

  /** @throws {UserError} if the folder belongs to another configuration, or is none of ours */
  static async open(path: string, configuration: Configuration): Promise<RunFolder> {
    const folder = new RunFolder(path);
    try {
      await mkdir(path, { recursive: true });
    } catch (error) {
      throw new UserError(`--out ${path} cannot be made: ${(error as Error).message}`);
    }
    const stored = folder.readJson<{ configuration: Configuration }>("run.json");
    if (stored) {
      const difference = firstDifference(stored.configuration, configuration);
      if (difference)
        throw new UserError(
          `--out ${path} belongs to another configuration: ${difference}; give another --out, or delete that folder`,
        );
      return folder;
    }
    const others = (await readdir(path)).filter((name) => !name.startsWith("."));
    if (others.length > 0)
      throw new UserError(
        `--out ${path} is not empty and not a run folder (it holds ${others[0]}); give another --out`,
      );
    folder.writeJson("run.json", { configuration });
    return folder;
  }

  at(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  /** A folder in this one, for a part of the run. */
  inside(name: string): RunFolder {
    return new RunFolder(this.at(name));
  }

  tau(tau: Tau, file: string): string {
    return join(`tau-${tau}`, file);
  }

  write(name: string, content: Uint8Array | string): void {
    writeFileAtomic(this.at(name), content);
  }

  async remove(name: string): Promise<void> {
    await rm(this.at(name), { force: true });
  }

  /**
   * @returns undefined if there is no such file
   * @throws {UserError} if it is not JSON
   */
  readJson<T>(name: string): T | undefined {
    return existsSync(this.at(name)) ? (readJson(this.at(name)) as T) : undefined;
  }

  /** Numbers that JSON lacks (NaN, infinite) become null. */
  writeJson(name: string, value: unknown): void {
    this.write(name, `${JSON.stringify(value, null, 2)}\n`);
  }
}

/** The first setting that differs, in words; what one of them lacks is not set there. */
export function firstDifference(there: Configuration, here: Configuration): string | undefined {
  const name = Object.keys({ ...there, ...here }).find((key) => (there[key] ?? null) !== (here[key] ?? null));
  if (name === undefined) return undefined;
  const show = (value: Configuration[string] | undefined): string =>
    value === null || value === undefined ? "not set" : String(value);
  // Fingerprints say that something differs, their digits say nothing to a reader.
  if (name.startsWith("content of ")) return `the ${name} has changed`;
  return `${name} is ${show(there[name])} there and ${show(here[name])} here`;
}
