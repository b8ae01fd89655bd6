import { dirname } from "node:path";
import { columnsOfSamples, isTextPart, textParts } from "../data/archive/sample-table.js";
import { samplesOf } from "../data/archive/samples.js";
import { notesOfTar, tarMembers } from "../data/archive/tar-members.js";
import { unpacked } from "../data/archive/unpacked.js";
import { classListIn } from "../data/class-list.js";
import { headOf } from "../data/labelled-rows.js";
import type { Table } from "../data/rows.js";
import { shown } from "../files/shown.js";
import { longestText } from "./text-of-row.js";

/**
 * An archive of texts, as WebDataset has it, as a table: a row for each sample, with the members `txt` and `cls` and the fields of
 * `json` as its columns. What numbers of classes stand for is in `classes.txt` or `classes.json` beside it.
 * @param path absolute
 * @param cache where one that is compressed is unpacked
 * @throws {UserError} one line, if it is none, damaged or cut short
 */
export async function openTextArchive(path: string, cache: string): Promise<Table> {
  const where = shown(path);
  const file = await unpacked(path, cache, "texts");
  const index = await tarMembers(where, file);
  const samples = samplesOf(index.members).map(({ parts, fault }, i) => ({
    row: i + 1,
    parts,
    ...(fault === undefined ? {} : { fault }),
  }));
  // A character takes four bytes at most.
  const rows = { path: where, file, samples, longestText: 4 * longestText };
  const parts = new Set(samples.flatMap((sample) => [...sample.parts.keys()]));
  const own: string[] = textParts.filter((name) => parts.has(name));
  const fields = parts.has("json") ? await fieldsOf(columnsOfSamples(rows, ["json"])) : [];
  const columns = [...own, ...fields];
  const list = await classListIn(dirname(path));
  return {
    ...columnsOfSamples(rows, columns),
    classNames: new Map(list ? columns.filter((name) => name !== "txt").map((name) => [name, list.names]) : []),
    notes: notesOfTar(where, index),
  };
}

/** Of the first records. */
async function fieldsOf(records: Table): Promise<string[]> {
  const names = (await headOf(records)).flatMap(({ cells }) => [...cells.keys()]);
  return [...new Set(names)].filter((name) => !isTextPart(name));
}
