import { Breather } from "@taskhead/core/internals";
import { Refusal } from "../../data/tables/targets.js";
import { readMolecule, type Making, type Molecule } from "./molecule.js";
import type { Rdkit } from "./rdkit.js";

/** What reading molecules gave: of each either the molecule, or why it is none, the rest of a sentence on it. */
export type ReadMolecule = Molecule | { readonly reason: string };

export function isRead(one: ReadMolecule): one is Molecule {
  return "graph" in one;
}

/** Reads molecules one by one; the event loop gets its turn in between. */
export async function readEach(
  rdkit: Rdkit,
  smiles: readonly string[],
  making: Making,
  { onProgress, signal }: { onProgress?: (done: number) => void; signal?: AbortSignal | undefined } = {},
): Promise<ReadMolecule[]> {
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
  return read;
}
