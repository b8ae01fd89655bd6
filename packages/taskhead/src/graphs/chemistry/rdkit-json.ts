/** What RDKit writes of a molecule (`get_json`, format "rdkitjson" 12), as far as it is read here, with defaults filled in. */

export interface Atom {
  /** Atomic number; 0 of a `*`. */
  readonly z: number;
  /** Hydrogens that are no atoms of their own, those written in brackets too. */
  readonly impHs: number;
  readonly chg: number;
  /** Unpaired electrons. */
  readonly nRad: number;
  /** Chirality. */
  readonly stereo: string;
}

export interface Bond {
  /** Kekulé's: 1, 2 or 3 of organic bonds, aromatic ones too. */
  readonly bo: number;
  readonly atoms: readonly [number, number];
  /** Of double bonds, by the neighbours of higher CIP rank. */
  readonly stereo: string;
}

export interface Structure {
  readonly atoms: readonly Atom[];
  readonly bonds: readonly Bond[];
  readonly aromaticAtoms: ReadonlySet<number>;
  readonly aromaticBonds: ReadonlySet<number>;
  /** Of each ring its atoms. */
  readonly rings: readonly (readonly number[])[];
}

interface Written {
  readonly defaults: { readonly atom: Atom; readonly bond: Omit<Bond, "atoms"> };
  readonly molecules: readonly {
    readonly atoms: readonly Partial<Atom>[];
    readonly bonds?: readonly (Partial<Bond> & Pick<Bond, "atoms">)[];
    readonly extensions?: readonly (Partial<Perceived> & { readonly name: string })[];
  }[];
}

/** What RDKit found out. Each is left out where it is empty. */
interface Perceived {
  readonly aromaticAtoms: readonly number[];
  readonly aromaticBonds: readonly number[];
  readonly atomRings: readonly (readonly number[])[];
}

export function structureOf(json: string): Structure {
  const { defaults, molecules } = JSON.parse(json) as Written;
  const [{ atoms, bonds = [], extensions = [] }] = molecules as [Written["molecules"][number]];
  const found: Partial<Perceived> = extensions.find(({ name }) => name === "rdkitRepresentation") ?? {};
  return {
    atoms: atoms.map((atom) => ({ ...defaults.atom, ...atom })),
    bonds: bonds.map((bond) => ({ ...defaults.bond, ...bond })),
    aromaticAtoms: new Set(found.aromaticAtoms),
    aromaticBonds: new Set(found.aromaticBonds),
    rings: found.atomRings ?? [],
  };
}

/** Numbers of the bonds at each atom. */
export function bondsAt({ atoms, bonds }: Pick<Structure, "atoms" | "bonds">): number[][] {
  const at: number[][] = atoms.map(() => []);
  bonds.forEach((bond, i) => bond.atoms.forEach((atom) => at[atom]!.push(i)));
  return at;
}

/** The atom at the other end. */
export function across({ atoms: [one, other] }: Bond, atom: number): number {
  return one === atom ? other : one;
}

/** A molecule of these atoms and bonds in RDKit's JSON: what is aromatic there, RDKit finds out. */
export function jsonOf(atoms: readonly Partial<Atom>[], bonds: readonly Pick<Bond, "atoms" | "bo">[]): string {
  const defaults: Written["defaults"] = {
    atom: { z: 6, impHs: 0, chg: 0, nRad: 0, stereo: "unspecified" },
    bond: { bo: 1, stereo: "unspecified" },
  };
  return JSON.stringify({ rdkitjson: { version: 12 }, defaults, molecules: [{ atoms, bonds }] });
}
