import { Refusal } from "../../data/targets.js";
import { named } from "../../data/listed.js";
import { featurisers, type FeaturiserName } from "./featurisers.js";
import { nodeCount, type Graph } from "../graph.js";
import type { Rdkit } from "./rdkit.js";

/** A molecule as a network takes it, and what tells it from others. */
export interface Molecule {
  readonly graph: Graph;
  /** Canonical SMILES: equal where molecules are the same, however they were written. */
  readonly canonical: string;
}

/** Longer ones would exhaust the stack of what reads them. */
export const longestSmiles = 10_000;

/**
 * @param smiles without spaces around it; behind one inside may stand a name, or an extension that RDKit reads
 * @throws {Refusal} if it is no molecule
 */
export function readMolecule(rdkit: Rdkit, featuriser: FeaturiserName, smiles: string): Molecule {
  if (smiles.length > longestSmiles)
    throw new Refusal(
      `the SMILES ${named(smiles)} has ${smiles.length.toLocaleString("en")} characters, more than ${longestSmiles.toLocaleString("en")}`,
    );
  // RDKit would take JSON and files of molecules for what they are, too.
  if (/^\{|[\r\n]/.test(smiles)) throw new Refusal(`${named(smiles)} is no valid SMILES`);
  const molecule = rdkit.withMolecule(smiles, (own): Molecule => ({
    graph: featurisers[featuriser].graph(rdkit, own),
    canonical: own.get_smiles(),
  }));
  if (!molecule) throw new Refusal(`${named(smiles)} is no valid SMILES`);
  // A mean over no atoms is no number.
  if (nodeCount(molecule.graph) === 0) throw new Refusal(`${named(smiles)} has no atoms`);
  return molecule;
}
