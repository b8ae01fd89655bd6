import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { DamagedError, openJson } from "@taskhead/core/internals";
import { UserError } from "./errors.js";
import { sha256 } from "./sha256.js";
import { at } from "./system-errors.js";

/** What an exported model says of itself, as far as it is read here. */
export interface Card {
  objective?: unknown;
  outputs?: unknown;
  /** SHA-256 of every other file of the model, by its path from this one. */
  checksums?: Readonly<Record<string, string>>;
}

const cardName = "taskhead.json";

/** What helps where a file of an exported model is not as it was. */
const remedy = "run the same taskhead tune again, which exports it anew";

/** @throws {UserError} if the file is not what was exported */
export async function readCard(file: string): Promise<Card> {
  try {
    return (await openJson(await readFile(file, "utf8"), file, { key: `model/${cardName}` })) as Card;
  } catch (error) {
    if (!(error instanceof DamagedError)) throw at(file, error);
    throw new UserError(`${error.key}: ${error.reason}; ${remedy}`, { cause: error });
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
  const { checksums = {} } = await readCard(join(folder, cardName));
  const known = checksums[relative(folder, file).replaceAll("\\", "/")];
  if (known === undefined || known === sha256(bytes)) return;
  throw new UserError(`${file} is not what taskhead exported: its checksum is another than in ${cardName}; ${remedy}`);
}
