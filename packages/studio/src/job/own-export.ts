import type { Store } from "@taskhead/core";
import { cardIn, cardName, requireUnchanged } from "taskhead/inputs";

const folder = "model";
const remedy = "the browser has changed it; fine-tune again, which exports it anew";

/**
 * Compares files of the model that a run exported with what its `taskhead.json` says of them.
 * @param run the run's store
 * @param files their bytes, by their keys in it
 * @throws {UserError} if one is not what was exported
 */
export async function requireOwnExport(run: Store, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const key = `${folder}/${cardName}`;
  const card = await run.read(key);
  if (!card) throw new Error(`${key} is not there; ${remedy}`);
  const known = await cardIn(new TextDecoder().decode(card), key, remedy);
  for (const [file, bytes] of files)
    await requireUnchanged(known, file.slice(folder.length + 1), { file, bytes }, remedy);
}
