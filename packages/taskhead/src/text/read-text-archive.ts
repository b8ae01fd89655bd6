import type { Bytes } from "../data/archive/bytes.js";
import { columnsOfSamples, isTextPart, textParts } from "../data/archive/sample-table.js";
import { samplesOf } from "../data/archive/samples.js";
import { notesOfTar, tarMembers } from "../data/archive/tar-members.js";
import { headOf } from "../data/tables/labelled-rows.js";
import type { Table } from "../data/tables/rows.js";
import { longestText } from "./text-of-row.js";

/**
 * An archive of texts, as WebDataset has it, as a table: a row for each sample, with the members `txt` and `cls` and the fields of
 * `json` as its columns.
 * @param path as people call it
 * @param names what numbers of classes stand for; null where nothing says it
 * @throws {UserError} one line, if it is none, damaged or cut short
 */
export async function readTextArchive(path: string, file: Bytes, names: readonly string[] | null): Promise<Table> {
  const index = await tarMembers(path, file);
  const samples = samplesOf(index.members).map(({ parts, fault }, i) => ({
    row: i + 1,
    parts,
    ...(fault === undefined ? {} : { fault }),
  }));
  // A character takes four bytes at most.
  const rows = { path, file, samples, longestText: 4 * longestText };
  const parts = new Set(samples.flatMap((sample) => [...sample.parts.keys()]));
  const own: string[] = textParts.filter((name) => parts.has(name));
  const fields = parts.has("json") ? await fieldsOf(columnsOfSamples(rows, ["json"])) : [];
  const columns = [...own, ...fields];
  return {
    ...columnsOfSamples(rows, columns),
    classNames: new Map(names ? columns.filter((name) => name !== "txt").map((name) => [name, names]) : []),
    notes: notesOfTar(path, index),
  };
}

/** Of the first records. */
async function fieldsOf(records: Table): Promise<string[]> {
  const fields = (await headOf(records)).flatMap(({ cells }) => [...cells.keys()]);
  return [...new Set(fields)].filter((name) => !isTextPart(name));
}
