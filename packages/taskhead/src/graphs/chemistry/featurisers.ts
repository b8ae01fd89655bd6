import type { Mol } from "@rdkit/rdkit";
import type { Graph } from "../graph.js";
import { hu2020Graph } from "./hu2020.js";
import { atomSizes, bondSizes, ogbGraph } from "./ogb.js";
import type { Rdkit } from "./rdkit.js";
import { structureOf } from "./rdkit-json.js";

/** How a molecule becomes numbers. */
export interface Featuriser {
  readonly nodeWidth: number;
  readonly edgeWidth: number;
  /** "9 numbers an atom …", for people. */
  readonly says: string;
  graph(rdkit: Rdkit, molecule: Mol): Graph;
}

/** By name, as an exported model's config.json has it. */
export const featurisers = {
  ogb: {
    nodeWidth: atomSizes.length,
    edgeWidth: bondSizes.length,
    says: "Open Graph Benchmark's 9 numbers an atom and 3 a bond",
    graph: ogbOf,
  },
  hu2020: {
    nodeWidth: 2,
    edgeWidth: 2,
    says: "Hu et al.'s 2 numbers an atom and 2 a bond",
    graph: (rdkit, molecule) => hu2020Graph(ogbOf(rdkit, molecule)),
  },
} as const satisfies Record<string, Featuriser>;

export type FeaturiserName = keyof typeof featurisers;

function ogbOf({ hybridisations }: Rdkit, molecule: Mol): Graph {
  const structure = structureOf(molecule.get_json());
  const own = new Uint8Array(structure.atoms.length).fill(hybridisations.length);
  // Not in the JSON: a pattern for each finds them.
  hybridisations.forEach((pattern, number) => {
    const matches = JSON.parse(molecule.get_substruct_matches(pattern)) as { atoms: [number] }[] | object;
    if (Array.isArray(matches)) for (const { atoms } of matches as { atoms: [number] }[]) own[atoms[0]] = number;
  });
  return ogbGraph(structure, own);
}
