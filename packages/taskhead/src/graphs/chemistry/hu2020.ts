import { nodeCount, type Graph } from "../graph.js";

/**
 * The features of Hu et al. ("Strategies for Pre-training Graph Neural Networks", ICLR 2020), out of OGB's: an atom's number
 * and chirality, a bond's type and direction. Directions of bonds are not in RDKit's JSON, and count as none.
 */
export function hu2020Graph({ nodes, nodeWidth, edges, edgeWidth, sources, destinations }: Graph): Graph {
  const own = new Int32Array(2 * nodeCount({ nodes, nodeWidth }));
  for (let i = 0; i < own.length / 2; i++) {
    own[2 * i] = nodes[i * nodeWidth]!;
    own[2 * i + 1] = Math.min(nodes[i * nodeWidth + 1]!, mostChirality);
  }
  const types = new Int32Array(2 * sources.length);
  sources.forEach((_, i) => (types[2 * i] = Math.min(edges![i * edgeWidth]!, mostType)));
  return { nodes: own, nodeWidth: 2, sources, destinations, edges: types, edgeWidth: 2 };
}

/** Its tables have no other: dative bonds count as aromatic ones do, chirality that is neither as counter-clockwise. */
const mostChirality = 2;
const mostType = 3;
