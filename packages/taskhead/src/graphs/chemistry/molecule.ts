import type { Mol } from "@rdkit/rdkit";
import { Refusal } from "../../data/tables/targets.js";
import type { Graph } from "../graph.js";
import { featurisers, type FeaturiserName } from "./featurisers.js";
import type { Rdkit } from "./rdkit.js";
import { structureOf } from "./rdkit-json.js";
import { scaffoldOf } from "./scaffold.js";

/** A molecule as a network takes it, and what tells it from others. */
export interface Molecule {
  readonly graph: Graph;
  /** Canonical SMILES: equal where molecules are the same, however they were written. */
  readonly canonical: string;
  /** As `scaffoldOf` has it, where it was asked for. */
  readonly scaffold?: string;
}

/** What is made of molecules. */
export interface Making {
  readonly featuriser: FeaturiserName;
  readonly scaffolds: boolean;
}

/** Longer ones are of more atoms than that. */
const longestSmiles = 10_000;

/**
 * A chain of 600 exhausts the stack of RDKit in WebAssembly, after which it reads nothing any more, and of some shapes the canonical
 * SMILES never comes. The largest of MoleculeNet's drugs has 492.
 */
const mostAtoms = 500;

/** Every atom of a SMILES that is written. */
const atom = /\[[^\]]*\]|Br|Cl|[BCNOPSFI]|[bcnops]|\*/g;

const noSmiles = "is no valid SMILES";

/**
 * @param smiles without spaces around it; behind one inside may stand a name, or an extension that RDKit reads
 * @throws {Refusal} if it is no molecule: the rest of a sentence on it
 */
export function readMolecule(rdkit: Rdkit, smiles: string, { featuriser, scaffolds }: Making): Molecule {
  return used(rdkit, smiles, (molecule) => {
    const structure = structureOf(molecule.get_json());
    const hybridisations = hybridisationsOf(rdkit, molecule, structure.atoms.length);
    const canonical = molecule.get_smiles();
    return {
      graph: featurisers[featuriser].graph(structure, hybridisations),
      canonical,
      ...(scaffolds ? { scaffold: scaffoldOf(rdkit, structure, canonical) } : {}),
    };
  });
}

/** Why a text is no molecule; undefined where it is one. */
export function refusalOf(rdkit: Rdkit, smiles: string): string | undefined {
  try {
    used(rdkit, smiles, () => true);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

function used<T>(rdkit: Rdkit, smiles: string, use: (molecule: Mol) => T): T {
  if (smiles.length > longestSmiles)
    throw new Refusal(
      `has ${smiles.length.toLocaleString("en")} characters, more than ${longestSmiles.toLocaleString("en")}`,
    );
  const [text = ""] = smiles.split(/\s/, 1);
  const atoms = text.match(atom)?.length ?? 0;
  if (atoms > mostAtoms)
    throw new Refusal(`has ${atoms.toLocaleString("en")} atoms, more than the ${mostAtoms} that are read`);
  // RDKit would take JSON and files of molecules for what they are, too.
  if (/^\{|[\r\n]/.test(smiles)) throw new Refusal(noSmiles);
  const read = rdkit.withMolecule(smiles, (molecule) => {
    // A mean over no atoms is no number.
    if (molecule.get_num_atoms() === 0) throw new Refusal("has no atoms");
    return use(molecule);
  });
  if (read === undefined) throw new Refusal(noSmiles);
  return read;
}

/** Not in RDKit's JSON: a pattern for each finds them. Of each atom, 5 where it is none of them. */
function hybridisationsOf({ hybridisations }: Rdkit, molecule: Mol, atoms: number): Uint8Array {
  const own = new Uint8Array(atoms).fill(hybridisations.length);
  hybridisations.forEach((pattern, number) => {
    // An object where there is none.
    const matches = JSON.parse(molecule.get_substruct_matches(pattern)) as { readonly atoms: [number] }[] | object;
    if (Array.isArray(matches))
      for (const match of matches as { readonly atoms: [number] }[]) own[match.atoms[0]] = number;
  });
  return own;
}
