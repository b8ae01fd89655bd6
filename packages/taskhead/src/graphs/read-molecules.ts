import { join } from "node:path";
import { Breather } from "@taskhead/core/internals";
import { Refusal } from "../data/targets.js";
import { folderStore } from "../store/folder-store.js";
import { loadRdkit } from "./chemistry/rdkit.js";
import { readMolecule, type Making } from "./chemistry/molecule.js";
import { cacheKey, keep, kept, type ReadMolecule } from "./molecule-cache.js";

export interface ReadOptions extends Making {
  /** Where what is read is kept, for runs to come. Default: nowhere. */
  readonly cache?: string;
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Reads molecules one by one; the event loop gets its turn in between. */
export async function readMolecules(
  smiles: readonly string[],
  { cache, onProgress, signal, featuriser, scaffolds }: ReadOptions,
): Promise<readonly ReadMolecule[]> {
  const rdkit = await loadRdkit();
  const making = { featuriser, scaffolds };
  const store = cache === undefined ? undefined : folderStore(join(cache, "molecules"));
  const key = cacheKey(smiles, making, rdkit.release);
  const known = store && (await kept(store, key));
  if (known) return known;
  const breather = new Breather();
  const read: ReadMolecule[] = [];
  for (const own of smiles) {
    signal?.throwIfAborted();
    try {
      read.push(readMolecule(rdkit, own, making));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      read.push({ reason: error.message });
    }
    onProgress?.(read.length);
    await breather.breathe();
  }
  if (store) await keep(store, key, read);
  return read;
}
