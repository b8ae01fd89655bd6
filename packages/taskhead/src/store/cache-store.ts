import { join } from "node:path";
import type { Store } from "@taskhead/core";
import { makeFolder } from "../files/make-folder.js";
import { systemFault } from "../files/system-errors.js";
import { unwritableCache } from "../files/usual-cache.js";
import { folderStore } from "./folder-store.js";

/**
 * A folder of the cache as a store.
 * @throws {UserError} if it cannot be made; by what writes into it, if it cannot be written
 */
export function cacheStore(cache: string, name: string): Store {
  const folder = join(cache, name);
  const refuse = (error: unknown): never => {
    throw systemFault(error) === undefined ? error : unwritableCache(folder, error);
  };
  try {
    makeFolder(folder);
  } catch (error) {
    refuse(error);
  }
  const store = folderStore(folder);
  return {
    ...store,
    write: (key, bytes) => store.write(key, bytes).catch(refuse),
    writeParts: (key, parts) => store.writeParts!(key, parts).catch(refuse),
  };
}
