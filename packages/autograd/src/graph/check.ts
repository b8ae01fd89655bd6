import { ModelError } from "./errors.js";
import { capturedBy, type Graph } from "./model.js";
import { sortNodes } from "./sort.js";

/**
 * The graph with its nodes in an order that runs.
 * @param isSubgraph whether values may come from a graph around this one, which checks them itself
 * @throws {ModelError} if a name is given twice, a value is produced by nothing, or nodes form a cycle.
 */
export function checkedGraph(graph: Graph, isSubgraph: boolean): Graph {
  const inputs = graph.inputs.map((v) => v.name);
  const outputs = graph.outputs.map((v) => v.name);
  requireUnique("inputs or weights", [...inputs, ...graph.initializers.keys()]);
  requireUnique("outputs", outputs);
  const given = new Set([...inputs, ...graph.initializers.keys(), ...(isSubgraph ? capturedBy(graph) : [])]);
  const nodes = sortNodes(graph.nodes, given);
  const produced = new Set(nodes.flatMap((n) => n.outputs));
  for (const name of outputs)
    if (!given.has(name) && !produced.has(name))
      throw new ModelError(`output '${name}' is produced by nothing in the model; export it again`);
  return { ...graph, nodes };
}

function requireUnique(what: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name))
      throw new ModelError(`two ${what} are called '${name}'; names must be unique, export the model again`);
    seen.add(name);
  }
}
