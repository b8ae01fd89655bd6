import type { Graph } from "../graph.js";
import { hu2020Graph } from "./hu2020.js";
import { atomSizes, bondSizes, ogbGraph } from "./ogb.js";
import type { Structure } from "./rdkit-json.js";

/** How a molecule becomes numbers. */
export interface Featuriser {
  readonly nodeWidth: number;
  readonly edgeWidth: number;
  /** "9 numbers an atom …", for people. */
  readonly says: string;
  /** @param hybridisations of each atom, 0 SP to 4 SP3D2, 5 for others */
  graph(structure: Structure, hybridisations: ArrayLike<number>): Graph;
}

/** By name, as an exported model's config.json has it. */
export const featurisers = {
  ogb: {
    nodeWidth: atomSizes.length,
    edgeWidth: bondSizes.length,
    says: "Open Graph Benchmark's 9 numbers an atom and 3 a bond",
    graph: ogbGraph,
  },
  hu2020: {
    nodeWidth: 2,
    edgeWidth: 2,
    says: "Hu et al.'s 2 numbers an atom and 2 a bond",
    graph: (structure, hybridisations) => hu2020Graph(ogbGraph(structure, hybridisations)),
  },
} as const satisfies Record<string, Featuriser>;

export type FeaturiserName = keyof typeof featurisers;

export function isFeaturiser(name: unknown): name is FeaturiserName {
  return typeof name === "string" && Object.hasOwn(featurisers, name);
}
