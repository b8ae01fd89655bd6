import { resolve } from "node:path";
import type { Table } from "../data/tables/rows.js";
import { openTable } from "../data/tables/table.js";
import { isArchive } from "../files/archive-endings.js";
import { shown } from "../files/shown.js";
import { usualCache } from "../files/usual-cache.js";
import { openTextArchive } from "./text-archive.js";

/**
 * A file of texts as a table: one as it is, or the samples of an archive.
 * @param cache where an archive that is compressed is unpacked. Default: the user's cache folder
 * @throws {UserError} if it cannot be read
 */
export function openTexts(path: string, cache = usualCache()): Promise<Table> {
  return isArchive(path) ? openTextArchive(resolve(path), cache) : openTable(shown(path));
}
