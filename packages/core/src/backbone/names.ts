import { renameNode, type Graph, type Model, type Node } from "@taskhead/autograd";

/**
 * Names are wires: two values of one name are one value. These are the names that graphs built on a backbone use for what
 * they add: features and logits, heads, side networks, targets, optimizer state, and what an exported file takes. A model
 * that has one of them, be it an earlier export of ours, gives its own values other names.
 */
const owned = new Set(
  "pixels pixel_values target loss logits features activated probabilities rows seed scalar z".split(" "),
);
const ownedPrefixes =
  "head. side. pixels. pixels/ positions/ pool/ resize/ graphs/ target. loss. next. gradient. optimizer. momentum. adam. moved. batch. cut. dropout. step/ steps/".split(
    " ",
  );

/** Whether graphs built on a backbone may use a name for what they add. */
function isOwned(name: string): boolean {
  return owned.has(name) || ownedPrefixes.some((prefix) => name.startsWith(prefix));
}

/**
 * Gives the values and nodes of a model whose names we own others: `own.<name>`.
 * @returns the model, and old name → new name of the values that changed
 */
export function makeRoom(model: Model): { model: Model; renamed: Map<string, string> } {
  const { graph } = model;
  const names = new Set([
    ...graph.inputs.map((v) => v.name),
    ...graph.initializers.keys(),
    ...graph.nodes.flatMap((n) => n.outputs),
  ]);
  const renamed = new Map<string, string>();
  for (const name of names) {
    if (!isOwned(name)) continue;
    let own = `own.${name}`;
    while (names.has(own)) own = `own.${own}`;
    renamed.set(name, own);
  }
  const now = (name: string): string => renamed.get(name) ?? name;
  const roomy: Graph = {
    name: graph.name,
    inputs: graph.inputs.map((v) => ({ ...v, name: now(v.name) })),
    outputs: graph.outputs.map((v) => ({ ...v, name: now(v.name) })),
    nodes: withRoom(graph.nodes).map((node) => renameNode(node, now)),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [now(name), tensor])),
  };
  return { model: { ...model, graph: roomy }, renamed };
}

/** Nodes have names of their own, which must differ from one another as those of values do. */
function withRoom(nodes: readonly Node[]): Node[] {
  const names = new Set(nodes.map((node) => node.name));
  return nodes.map((node) => {
    if (!isOwned(node.name)) return node;
    let own = `own.${node.name}`;
    while (names.has(own)) own = `own.${own}`;
    names.add(own);
    return { ...node, name: own };
  });
}
