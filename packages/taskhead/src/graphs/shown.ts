import { basename } from "node:path";
import type { Shown } from "../data/shown.js";
import { drawn } from "./chemistry/draw.js";
import { loadRdkit } from "./chemistry/load-rdkit.js";

/** Molecules for a page: their structures, and their SMILES as names. @param places where each is from */
export async function shownMolecules(smiles: readonly string[], places: readonly string[]): Promise<Shown[]> {
  const rdkit = await loadRdkit();
  return smiles.map((own, i) => ({ name: `${own} (${basename(places[i]!)})`, thumbnail: drawn(rdkit, own) }));
}

/** Graphs have no picture. @param names what they are called */
export function shownGraphs(names: readonly string[]): Shown[] {
  return names.map((name) => ({ name, thumbnail: null }));
}
