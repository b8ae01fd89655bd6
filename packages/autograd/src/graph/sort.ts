import { ModelError } from "./errors.js";
import { describe, inputsOf, type Node } from "./model.js";

/**
 * The nodes in an order in which every value is produced before it is read: the given order, where that does already.
 * @param given the names of the values that are there before any node
 * @throws {ModelError} if a value is produced twice or never, or nodes form a cycle.
 */
export function sortNodes(nodes: readonly Node[], given: ReadonlySet<string>): Node[] {
  const producers = producersOf(nodes, given);
  const producersFor = (node: Node) =>
    inputsOf(node).flatMap((name) => {
      if (name === "" || given.has(name)) return [];
      const producer = producers.get(name);
      if (producer) return [producer];
      throw new ModelError(`${describe(node)}: input '${name}' is produced by nothing in the model; export it again`);
    });
  const sorted = new Set<Node>();
  const begun = new Set<Node>();
  for (const last of nodes) {
    // Depth first with a stack of its own: graphs are deeper than the call stack.
    const stack = [last];
    for (let node = stack.at(-1); node; node = stack.at(-1)) {
      const before = sorted.has(node) ? [] : producersFor(node).filter((n) => !sorted.has(n));
      if (before.length > 0 && begun.has(node))
        throw new ModelError(`${describe(node)} depends on its own output, a cycle; export the model again`);
      begun.add(node);
      for (const n of before) stack.push(n);
      if (before.length > 0) continue;
      sorted.add(node);
      stack.pop();
    }
  }
  return [...sorted];
}

function producersOf(nodes: readonly Node[], given: ReadonlySet<string>): Map<string, Node> {
  const producers = new Map<string, Node>();
  for (const node of nodes)
    for (const name of node.outputs) {
      if (name === "") continue;
      const other = producers.get(name);
      if (other || given.has(name))
        throw new ModelError(
          `${describe(node)}: its output '${name}' is ${other ? `that of ${describe(other)} too` : "an input or a weight too"}; names must be unique, export the model again`,
        );
      producers.set(name, node);
    }
  return producers;
}
