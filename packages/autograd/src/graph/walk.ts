import { inputsOf, type Graph, type Node } from "./model.js";

/** Walks over the nodes of a graph, which are in topological order. An input or output left out, `""`, is no value. */

/**
 * The values that depend on any of these, themselves included.
 * @param counts which values do, where not all do
 */
export function dependents(
  nodes: readonly Node[],
  from: Iterable<string>,
  counts: (value: string) => boolean = () => true,
): Set<string> {
  const reached = new Set(from);
  for (const node of nodes)
    if (inputsOf(node).some((value) => reached.has(value)))
      for (const output of outputsOf(node)) if (counts(output)) reached.add(output);
  return reached;
}

/** The values that any of these depend on, themselves included. */
export function dependencies(nodes: readonly Node[], of: Iterable<string>): Set<string> {
  const needed = new Set(of);
  for (const node of nodes.toReversed())
    if (outputsOf(node).some((output) => needed.has(output)))
      for (const value of inputsOf(node)) if (value !== "") needed.add(value);
  return needed;
}

/** The nodes, in their order, that any of these values depend on. */
export function nodesFor(nodes: readonly Node[], values: Iterable<string>): Node[] {
  const needed = dependencies(nodes, values);
  return nodes.filter((node) => outputsOf(node).some((output) => needed.has(output)));
}

/** Which node makes each value. */
export function producers(nodes: readonly Node[]): Map<string, Node> {
  return new Map(nodes.flatMap((node) => outputsOf(node).map((output) => [output, node] as const)));
}

/** A place where a value is read. */
export interface Use {
  readonly node: Node;
  /** Which of the node's inputs. */
  readonly input: number;
}

/** Where each value is read, subgraphs aside. */
export function uses(nodes: readonly Node[]): Map<string, Use[]> {
  const found = new Map<string, Use[]>();
  for (const node of nodes)
    node.inputs.forEach((name, input) => {
      if (name === "") return;
      const known = found.get(name);
      if (known) known.push({ node, input });
      else found.set(name, [{ node, input }]);
    });
  return found;
}

/** The values that are read in one place alone and are no outputs of the graph: what a pass may take away. */
export function usedOnce(graph: Graph): Set<string> {
  const once = new Set<string>();
  const more = new Set(graph.outputs.map((output) => output.name));
  for (const value of graph.nodes.flatMap(inputsOf)) {
    if (value === "" || once.has(value)) more.add(value);
    once.add(value);
  }
  return new Set([...once].filter((value) => !more.has(value)));
}

function outputsOf(node: Node): readonly string[] {
  return node.outputs.includes("") ? node.outputs.filter((output) => output !== "") : node.outputs;
}
