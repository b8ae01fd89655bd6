import { resolve } from "node:path";
import { stat } from "node:fs/promises";
import { UserError } from "../files/errors.js";
import { shown } from "../files/shown.js";
import { findDataSet } from "./data-set-folder.js";
import { readsFor } from "./tagged/readable.js";
import { scanTexts, type ScanTextsOptions } from "./scan-texts.js";
import type { TextSource } from "./text-source.js";

/** What lies beside the training texts in the folder of a data set. */
export interface OfferedSets {
  validation?: TextSource;
  test?: TextSource;
  /** What is taken, and what is not and why; a sentence each. */
  said: string[];
}

/**
 * Reads the validation and test sets of the folder that the training texts are from, for whom names no others. One that is of
 * no use, such as a test set of which the labels are kept back, is left out, and said.
 * @param path as the training texts' was given: what is no data set's folder offers nothing
 * @param wanted the sets that nobody has named
 */
export async function offeredSets(
  path: string,
  wanted: readonly ("validation" | "test")[],
  options: ScanTextsOptions & { like: TextSource },
): Promise<OfferedSets> {
  const offered: OfferedSets = { said: [] };
  const root = resolve(path);
  // A pattern of archives is no folder.
  if (!(await stat(root).catch(() => undefined))?.isDirectory()) return offered;
  const sets = (await findDataSet(root, readsFor(options.task)))?.sets;
  for (const set of wanted) {
    const files = sets?.train && sets[set];
    if (!files) continue;
    const what = files.length === 1 ? shown(files[0]!) : `the ${files.length} tables of ${set} in ${shown(root)}`;
    try {
      offered[set] = await scanTexts(path, { ...options, set });
      const [does, option] = set === "test" ? ["tests", "--test"] : ["validates", "--val"];
      offered.said.push(`${does} on ${what}, which lies beside the training texts (others are given with ${option})`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      offered.said.push(`${what} is not used as ${set} set: ${error.message}`);
    }
  }
  return offered;
}
