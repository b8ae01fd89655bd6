import type { Rdkit } from "./rdkit.js";
import { across, bondsAt, jsonOf, type Structure } from "./rdkit-json.js";

/**
 * The scaffold of a molecule (Bemis and Murcko 1996): its rings, what links them, and what hangs on either by a double bond, as
 * RDKit has it; without chirality. Equal where molecules share it.
 * @param whole the molecule's canonical SMILES
 * @returns canonical SMILES, empty of a molecule without rings
 */
export function scaffoldOf(rdkit: Rdkit, structure: Structure, whole: string): string {
  if (structure.rings.length === 0) return "";
  // What RDKit cannot make sense of once it is cut is a scaffold of its own.
  return rdkit.withMolecule(jsonOfFramework(structure), (molecule) => molecule.get_smiles()) ?? whole;
}

/** The atoms of rings, and of paths between them. */
function framework({ atoms, bonds, rings }: Structure, at: readonly (readonly number[])[]): Set<number> {
  const inRing = new Set(rings.flat());
  const kept = new Set(atoms.keys());
  const neighbours = (atom: number): number[] => at[atom]!.map((bond) => across(bonds[bond]!, atom));
  const loose = [...kept];
  // What hangs on one atom at most is no path; without it the next may hang, too.
  for (let atom = loose.pop(); atom !== undefined; atom = loose.pop()) {
    if (!kept.has(atom) || inRing.has(atom)) continue;
    const left = neighbours(atom).filter((other) => kept.has(other));
    if (left.length > 1) continue;
    kept.delete(atom);
    loose.push(...left);
  }
  return kept;
}

function jsonOfFramework(structure: Structure): string {
  const { atoms, bonds } = structure;
  const at = bondsAt(structure);
  const kept = framework(structure, at);
  const doubled = bonds.flatMap(({ bo, atoms: ends }) => (bo === 2 && ends.some((one) => kept.has(one)) ? ends : []));
  const chosen = [...new Set([...kept, ...doubled])].sort((a, b) => a - b);
  const places = new Map(chosen.map((atom, i) => [atom, i]));
  // Hydrogens take the place of what was cut off.
  const hydrogens = (atom: number): number =>
    at[atom]!.filter((bond) => !places.has(across(bonds[bond]!, atom)) && bonds[bond]!.bo <= 3).reduce(
      (sum, bond) => sum + bonds[bond]!.bo,
      atoms[atom]!.impHs,
    );
  return jsonOf(
    chosen.map((atom) => {
      const { z, chg, nRad } = atoms[atom]!;
      return { z, chg, nRad, impHs: hydrogens(atom) };
    }),
    bonds.flatMap(({ bo, atoms: [one, other] }) => {
      const ends = [places.get(one), places.get(other)] as const;
      return ends[0] === undefined || ends[1] === undefined ? [] : [{ bo, atoms: [ends[0], ends[1]] as const }];
    }),
  );
}
