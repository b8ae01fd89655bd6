import { openTable, tableFormats, type Wanted } from "../../data/tables/table.js";
import { labelTable, type LabelTable } from "./label-table.js";

const labelFile: Wanted = { thing: "file of labels", called: "the labels", formats: tableFormats };

/**
 * Reads a file with a row per image.
 * @throws {UserError} if it cannot be read, has another format, or no column with the images' names
 */
export async function readLabelFile(path: string): Promise<LabelTable> {
  return labelTable(await openTable(path, labelFile));
}
