import { join } from "node:path";
import { readIfThere } from "../../files/open-regular.js";
import { dataCardIn, type DataCard } from "./data-card.js";

/**
 * Reads the README.md of a folder.
 * @returns undefined if there is none, or it says nothing of data
 * @throws {UserError} as `dataCardIn` does
 */
export async function readDataCard(root: string): Promise<DataCard | undefined> {
  const path = join(root, "README.md");
  return dataCardIn(readIfThere(path), path);
}
