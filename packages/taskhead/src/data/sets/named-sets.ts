import { UserError } from "../../files/errors.js";
import { tableEndings } from "../../files/table-endings.js";
import { compare } from "../compare.js";
import type { DataCard } from "./data-card.js";
import { listed } from "../listed.js";
import { roleOf } from "./roles.js";
import { setOfRole, type FilesOfSets } from "./sets-by-name.js";

/** A data card that names files, and how they are found. */
export interface CardOfFiles extends Pick<DataCard, "dataFiles"> {
  /** As people call it. */
  readonly card: string;
  /** Whether a file can be read, by its name. */
  reads(name: string): boolean;
  /** The files that are meant by some patterns, relative to the card's folder, with `/`. */
  find(patterns: readonly string[]): Promise<string[]>;
}

/**
 * The files of each set that a data card names, relative to its folder, sorted.
 * @throws {UserError} for files that lie elsewhere, are no tables, or are not there
 */
export async function namedSets({ card, dataFiles = new Map(), reads, find }: CardOfFiles): Promise<FilesOfSets> {
  const sets: FilesOfSets = {};
  for (const [name, own] of dataFiles) {
    const role = roleOf(name);
    if (!role || sets[setOfRole[role]]) continue;
    const away = own.find((pattern) => /^([a-z]+:|[\\/])|(^|[\\/])\.\.([\\/]|$)/i.test(pattern));
    if (away !== undefined)
      throw new UserError(
        `the data card ${card} names files outside its folder (${listed([away])}); give the files themselves`,
      );
    const found = await find(own);
    const inside = found.filter((file) => !file.startsWith("..")).sort(compare);
    const other = inside.find((file) => !reads(file));
    if (other !== undefined)
      throw new UserError(
        `the data card ${card} names ${other}, which is no table that can be read; save it as ${tableEndings.join(", ")}`,
      );
    if (inside.length === 0)
      throw new UserError(
        `the data card ${card} names files of ${name} that are not there (${listed(own)}); fetch them, or give the files themselves`,
      );
    sets[setOfRole[role]] = inside;
  }
  return sets;
}
