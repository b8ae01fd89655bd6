import { outerElectrons, periodOf, usualValences } from "./elements.js";
import { across, bondsAt, type Atom, type Structure } from "./rdkit-json.js";

/**
 * Which bonds are conjugated, as RDKit marks them when it reads a molecule, from what its JSON holds: aromatic bonds, and a
 * multiple bond with the bond beside it, where the three atoms all can give electrons to a π system.
 * @see https://github.com/rdkit/rdkit/blob/Release_2026_09_1/Code/GraphMol/ConjugHybrid.cpp
 */
export function conjugatedBonds(structure: Structure): boolean[] {
  const { atoms, bonds, aromaticBonds } = structure;
  const at = bondsAt(structure);
  const degrees = atoms.map((atom, i) => at[i]!.length + atom.impHs);
  const able = atoms.map((atom, i) => {
    const orders = at[i]!.map((bond) => bonds[bond]!.bo).filter(isWhole);
    const valence = orders.reduce((sum, order) => sum + order, 0) + atom.impHs;
    return canConjugate(atom, degrees[i]!, valence);
  });
  const conjugated = bonds.map((_, bond) => aromaticBonds.has(bond));
  atoms.forEach((_, middle) => {
    if (!able[middle] || degrees[middle]! < 2 || degrees[middle]! > 3) return;
    for (const multiple of at[middle]!) {
      if (!isMultiple(structure, multiple) || !able[across(bonds[multiple]!, middle)]) continue;
      for (const beside of at[middle]!) {
        const end = across(bonds[beside]!, middle);
        if (beside === multiple || degrees[end]! > 3 || !able[end]) continue;
        conjugated[multiple] = true;
        conjugated[beside] = true;
      }
    }
  });
  return conjugated;
}

/** Single to quadruple: other orders add nothing to a valence here. */
function isWhole(order: number): boolean {
  return order >= 1 && order <= 4;
}

/** Whether a bond counts 1.5 or more. */
function isMultiple({ bonds, aromaticBonds }: Structure, bond: number): boolean {
  const { bo } = bonds[bond]!;
  return aromaticBonds.has(bond) || (isWhole(bo) && bo >= 2);
}

/** @param degree neighbours and hydrogens @param valence orders of its bonds, hydrogens among them */
function canConjugate(atom: Atom, degree: number, valence: number): boolean {
  const usual = usualValences[atom.z] ?? -1;
  const hypervalent = atom.chg === 0 && usual >= 0 && valence > usual;
  if (hypervalent || electronsToGive(atom, degree) <= 0) return false;
  const outer = outerElectrons[atom.z] ?? 0;
  // Below the second row those of nitrogen's group do not, and those of oxygen's only at an end.
  return periodOf(atom.z) <= 2 || (outer !== 5 && outer !== 6) || (outer === 6 && degree < 2);
}

/** Electrons that an atom can give to a π system; RDKit's `countAtomElec`, -1 where it cannot. */
function electronsToGive({ z, chg, nRad }: Atom, degree: number): number {
  const valence = usualValences[z] ?? -1;
  if (valence <= 1 || degree > 3) return -1;
  const lonePair = Math.max((outerElectrons[z] ?? 0) - valence - chg, 0);
  return valence - degree + lonePair - nRad;
}
