import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { cardIn, cardName, requireUnchanged, type Card } from "./as-exported.js";
import { UserError } from "./errors.js";
import { readRegular } from "./open-regular.js";
import { at } from "./system-errors.js";

/** @throws {UserError} if the file cannot be read, or is not what was exported */
export async function readCard(file: string): Promise<Card> {
  try {
    return await cardIn(readRegular(file).toString(), file);
  } catch (error) {
    throw error instanceof UserError ? error : at(file, error);
  }
}

/**
 * Compares a file of a model that taskhead exported with what its `taskhead.json` says of it, beside it or in the folder
 * above. Other models pass.
 * @param bytes of the file, as they are used
 * @throws {UserError} if it is not what was exported
 */
export async function requireAsExported(file: string, bytes: Uint8Array): Promise<void> {
  const beside = dirname(file);
  const folder = [beside, dirname(beside)].find((one) => existsSync(join(one, cardName)));
  if (folder === undefined) return;
  const place = relative(folder, file).replaceAll("\\", "/");
  await requireUnchanged(await readCard(join(folder, cardName)), place, { file, bytes });
}
