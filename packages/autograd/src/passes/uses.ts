import { valuesUsedBy, type Graph } from "../graph/model.js";

/** How often each value is used; a graph output counts twice, so that no pass takes it for an inner value used once. */
export function useCounts(graph: Graph): Map<string, number> {
  const uses = new Map<string, number>();
  const count = (name: string, by: number) => uses.set(name, (uses.get(name) ?? 0) + by);
  for (const node of graph.nodes) for (const i of valuesUsedBy(node)) count(i, 1);
  for (const { name } of graph.outputs) count(name, 2);
  return uses;
}
