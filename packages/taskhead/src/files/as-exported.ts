import { DamagedError, openJson, sha256 } from "@taskhead/core/internals";
import { UserError } from "./errors.js";

/** What an exported model says of itself, as far as it is read here. */
export interface Card {
  objective?: unknown;
  outputs?: unknown;
  /** SHA-256 of every other file of the model, by its path from this one. */
  checksums?: Readonly<Record<string, string>>;
}

/** The file of it, in the model's folder. */
export const cardName = "taskhead.json";

/** What helps where a file of an exported model is not as it was. */
const usualRemedy = "run the same taskhead tune again, which exports it anew";

/**
 * The content of a `taskhead.json`.
 * @param file as people call it
 * @throws {UserError} if it is not what was exported
 */
export async function cardIn(text: string, file: string, remedy = usualRemedy): Promise<Card> {
  try {
    return (await openJson(text, file, { key: `model/${cardName}` })) as Card;
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
    throw new UserError(`${error.key}: ${error.reason}; ${remedy}`, { cause: error });
  }
}

/**
 * Compares a file of an exported model with what its card says of it; of others that says nothing.
 * @param place the file's path from the card, with `/`
 * @param file as people call it
 * @throws {UserError} if it is not what was exported
 */
export async function requireUnchanged(
  { checksums = {} }: Card,
  place: string,
  { file, bytes }: { readonly file: string; readonly bytes: Uint8Array },
  remedy = usualRemedy,
): Promise<void> {
  const known = checksums[place];
  if (known === undefined || known === (await sha256(bytes))) return;
  throw new UserError(`${file} is not what taskhead exported: its checksum is another than in ${cardName}; ${remedy}`);
}
