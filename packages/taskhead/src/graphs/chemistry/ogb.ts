import { conjugatedBonds } from "./conjugation.js";
import type { Graph } from "../graph.js";
import { bondsAt, type Structure } from "./rdkit-json.js";

/**
 * The features of Open Graph Benchmark (Hu et al. 2020, `ogb.utils.features`): 9 whole numbers an atom, 3 a bond, each the
 * place of a value in a list, the place after its last for values beyond it.
 */

/** How many values each column of an atom has: number, chirality, degree, charge, hydrogens, radicals, hybridisation, aromatic, in a ring. */
export const atomSizes = [119, 5, 12, 12, 10, 6, 6, 2, 2] as const;

/** Of a bond: type, stereo, conjugated. */
export const bondSizes = [5, 6, 2] as const;

/** Non-tetrahedral chirality is not in RDKit's JSON, and counts as none. */
const chiralities = ["unspecified", "cw", "ccw", "other"];

/** Z, E and any; what OGB calls cis and trans is not told apart from these. */
const bondStereo: Readonly<Record<string, number>> = { unspecified: 0, cis: 1, trans: 2, either: 5 };

const aromatic = 3;

/**
 * A molecule as a graph: a node for each atom in RDKit's order, two edges for each bond, there and back.
 * @param hybridisations of each atom, 0 SP to 4 SP3D2, 5 for others
 */
export function ogbGraph(structure: Structure, hybridisations: ArrayLike<number>): Graph {
  const { atoms, bonds, aromaticAtoms, aromaticBonds, rings } = structure;
  const at = bondsAt(structure);
  const inRing = new Set(rings.flat());
  const nodes = new Int32Array(atoms.length * atomSizes.length);
  atoms.forEach(({ z, stereo, chg, impHs, nRad }, i) => {
    const chirality = chiralities.indexOf(stereo);
    const features = [
      place(z, 1, 118),
      chirality < 0 ? chiralities.length : chirality,
      place(at[i]!.length + impHs, 0, 10),
      place(chg, -5, 5),
      place(impHs, 0, 8),
      place(nRad, 0, 4),
      hybridisations[i]!,
      aromaticAtoms.has(i) ? 1 : 0,
      inRing.has(i) ? 1 : 0,
    ];
    nodes.set(features, i * atomSizes.length);
  });
  const conjugated = conjugatedBonds(structure);
  const sources = new Int32Array(2 * bonds.length);
  const destinations = new Int32Array(2 * bonds.length);
  const edges = new Int32Array(2 * bonds.length * bondSizes.length);
  bonds.forEach(({ bo, atoms: [from, to], stereo }, i) => {
    const type = aromaticBonds.has(i) ? aromatic : bo >= 1 && bo <= 3 ? bo - 1 : bondSizes[0] - 1;
    const features = [type, bondStereo[stereo] ?? 0, conjugated[i] ? 1 : 0];
    sources.set([from, to], 2 * i);
    destinations.set([to, from], 2 * i);
    edges.set([...features, ...features], 2 * i * bondSizes.length);
  });
  return { nodes, nodeWidth: atomSizes.length, sources, destinations, edges, edgeWidth: bondSizes.length };
}

/** Of a value in `low`..`high`; the one after the last for any other. */
function place(value: number, low: number, high: number): number {
  return value >= low && value <= high ? value - low : high - low + 1;
}
