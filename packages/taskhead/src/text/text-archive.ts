import { dirname } from "node:path";
import { bytesOnDisk } from "../data/archive/bytes-on-disk.js";
import { unpacked } from "../data/archive/unpacked.js";
import { classListIn } from "../data/classes/class-list.js";
import type { Table } from "../data/tables/rows.js";
import { shown } from "../files/shown.js";
import { readTextArchive } from "./read-text-archive.js";

/**
 * As `readTextArchive`, of one on a disk. What numbers of classes stand for is in `classes.txt` or `classes.json` beside it.
 * @param path absolute
 * @param cache where one that is compressed is unpacked
 * @throws {UserError} one line, if it is none, damaged or cut short
 */
export async function openTextArchive(path: string, cache: string): Promise<Table> {
  const file = bytesOnDisk(await unpacked(path, cache, "texts"));
  const list = await classListIn(dirname(path));
  return readTextArchive(shown(path), file, list?.names ?? null);
}
