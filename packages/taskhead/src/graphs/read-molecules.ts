import { cacheStore } from "../store/cache-store.js";
import { loadRdkit } from "./chemistry/load-rdkit.js";
import type { Making } from "./chemistry/molecule.js";
import { readEach, type ReadMolecule } from "./chemistry/read-each.js";
import { cacheKey, keep, kept } from "./molecule-cache.js";

export interface ReadOptions extends Making {
  /** Where what is read is kept, for runs to come. Default: nowhere. */
  readonly cache?: string;
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Reads molecules, or takes what an earlier run has read of the same. */
export async function readMolecules(
  smiles: readonly string[],
  { cache, onProgress, signal, featuriser, scaffolds }: ReadOptions,
): Promise<readonly ReadMolecule[]> {
  const rdkit = await loadRdkit();
  const making = { featuriser, scaffolds };
  const store = cache === undefined ? undefined : cacheStore(cache, "molecules");
  const key = cacheKey(smiles, making, rdkit.release);
  const known = store && (await kept(store, key));
  if (known) return known;
  const read = await readEach(rdkit, smiles, making, { ...(onProgress ? { onProgress } : {}), signal });
  if (store) await keep(store, key, read);
  return read;
}
