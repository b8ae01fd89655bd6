/** One graph, as a network takes it. */
export interface Graph {
  /** [nodes, nodeWidth], row-major. */
  readonly nodes: Int32Array | Float32Array;
  readonly nodeWidth: number;
  /** Of every edge, [edges] each. */
  readonly sources: Int32Array;
  readonly destinations: Int32Array;
  /** [edges, edgeWidth]; absent where edges have no features. */
  readonly edges?: Int32Array | Float32Array;
  readonly edgeWidth: number;
}

export function nodeCount({ nodes, nodeWidth }: Pick<Graph, "nodes" | "nodeWidth">): number {
  return nodes.length / nodeWidth;
}

/** Equal where graphs are the same, node by node and edge by edge. */
export function contentOfGraph({ nodes, nodeWidth, sources, destinations, edges }: Graph): string {
  return [nodeWidth, nodes.join(), sources.join(), destinations.join(), edges?.join() ?? ""].join(";");
}
