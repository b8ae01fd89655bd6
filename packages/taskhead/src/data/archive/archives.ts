import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { UserError } from "../../files/errors.js";
import { archiveEnding, isArchive } from "../../files/archive-endings.js";
import { compare } from "../compare.js";
import { listed } from "../listed.js";
import { filesOfData } from "../sets/files-of-data.js";
import type { FilesOfSets } from "../sets/sets-by-name.js";
import { archivesAsSets, type ArchivesOfFolder } from "./archive-sets.js";

/** More shards than anyone writes as one pattern. */
const mostShards = 100_000;

/**
 * The archives that a path means by its name: itself, or those of a pattern as WebDataset has it, `train-{000000..000009}.tar`
 * (or `train-*.tar`); in order, absolute.
 * @returns undefined if it is not called as an archive
 * @throws {UserError} if one of them is not there
 */
export async function namedArchives(path: string): Promise<string[] | undefined> {
  if (!archiveEnding.test(path)) return undefined;
  if (existsSync(path)) return (await stat(path)).isFile() ? [resolve(path)] : undefined;
  const all = [...new Set(expanded(path))];
  if (all.length > 1) {
    const missing = all.filter((one) => !existsSync(one));
    if (missing.length === 0) return all.map((one) => resolve(one));
    throw new UserError(
      `${path} means ${all.length} archives, of which ${missing.length} are not there (${listed(missing.map((one) => basename(one)))}); fetch them, or name those that are there`,
    );
  }
  const pattern = process.platform === "win32" ? path.replaceAll("\\", "/") : path;
  const found = isDynamicPattern(pattern) ? await glob(pattern, { absolute: true, expandDirectories: false }) : [];
  if (found.length > 0) return found.sort(compare);
  throw new UserError(`${path} does not exist; give an archive, or a pattern such as train-{000000..000009}.tar`);
}

/** Braces as a shell expands them: `{a,b}`, and ranges of numbers, which keep leading zeros. */
function expanded(path: string): string[] {
  const brace = /\{(\d+)\.\.(\d+)\}|\{([^{}]*,[^{}]*)\}/.exec(path);
  if (!brace) return [path];
  const [whole, from, to, words] = brace;
  const parts = words === undefined ? range(path, from!, to!) : words.split(",");
  const all = parts.flatMap((part) =>
    expanded(path.slice(0, brace.index) + part + path.slice(brace.index + whole.length)),
  );
  if (all.length > mostShards) throw tooMany(path);
  return all;
}

function range(path: string, from: string, to: string): string[] {
  const [first, last] = [Number(from), Number(to)];
  if (Math.abs(last - first) >= mostShards) throw tooMany(path);
  const width = from.length > 1 && (from.startsWith("0") || to.startsWith("0")) ? Math.max(from.length, to.length) : 0;
  const step = first <= last ? 1 : -1;
  return Array.from({ length: Math.abs(last - first) + 1 }, (_, i) => String(first + step * i).padStart(width, "0"));
}

function tooMany(path: string): UserError {
  return new UserError(`${path} means more than ${mostShards.toLocaleString("en")} archives; name fewer`);
}

/**
 * The archives in a folder, in its `data`, and in folders that are called as sets.
 * @param root absolute
 * @returns sets of absolute paths
 */
export async function archivesIn(root: string): Promise<ArchivesOfFolder> {
  const all = await filesOfData(root, isArchive);
  const { sets, notes } = archivesAsSets(all.map((path) => relative(root, path).replaceAll("\\", "/")));
  const absolute = Object.entries(sets).map(([set, paths]) => [set, paths.map((path) => join(root, path))]);
  return { sets: Object.fromEntries(absolute) as FilesOfSets, notes };
}
