import { inputsOf, type Graph, type Node } from "./model.js";
import { producers } from "./walk.js";

/** Whoever reads what they give reads the memory that they were given. */
const views = new Set(["Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"]);

/** The runtime may join them with what reads what they give, and read their own inputs only then. */
const deferred = new Set(["Cast", "Slice", "Transpose"]);

/** As `deferred`; and each number that they write is of the number at its own place alone, and of what broadcasts to it. */
const numberByNumber = new Set(["Add", "Div", "Mul", "Sub"]);

/**
 * The inputs of a graph whose memory the output that replaces them may be written into: all that reads the input has run by then,
 * because what replaces it depends on that, or reads it number by number while it writes. Where gradients are clipped by their
 * global norm, each update depends on every gradient, and that is so of all parameters and of the optimizer's state.
 * @param successors from the name of an input to that of the output, of the same shape, that replaces it
 */
export function overwritable(graph: Graph, successors: ReadonlyMap<string, string>): Set<string> {
  const made = producers(graph.nodes);
  const writers = [...successors].flatMap(([input, output]) => {
    const writer = made.get(output);
    return writer === undefined ? [] : [{ input, output, writer }];
  });
  const shapes = new Map([...graph.inputs, ...graph.outputs].map(({ name, type }) => [name, type?.shape.join()]));
  const leads = reach(
    graph.nodes,
    writers.map(({ writer }) => writer),
  );
  const readers = readersOf(graph.nodes);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const may = writers.filter(({ input, output, writer }, i) => {
    if (shapes.get(input) === undefined || shapes.get(input) !== shapes.get(output)) return false;
    const known = new Map<string, boolean>();
    /** Whether all have read a value when the writer begins, or are the writer; `aligned` where it has each number at its own place. */
    const isRead = (value: string, aligned: boolean): boolean => {
      const key = `${aligned} ${value}`;
      if (!known.has(key))
        known.set(
          key,
          (readers.get(value) ?? []).every((node) => hasRead(node, aligned)),
        );
      return known.get(key)!;
    };
    const hasRead = (node: Node, aligned: boolean): boolean => {
      const { opType, domain, outputs: given } = node;
      const standard = domain === "";
      if (node === writer) return aligned && standard && numberByNumber.has(opType);
      if (!((leads.get(node)! >> BigInt(i)) & 1n)) return false;
      if (standard && views.has(opType)) return given.every((value) => !outputs.has(value) && isRead(value, false));
      if (standard && numberByNumber.has(opType)) return given.every((value) => isRead(value, aligned));
      if (standard && deferred.has(opType)) return given.every((value) => isRead(value, false));
      return true;
    };
    return !outputs.has(input) && isRead(input, true);
  });
  return new Set(may.map(({ input }) => input));
}

/** For each node, of which of `targets` (a bit each) it is one that has to run before, or the target itself. */
function reach(nodes: readonly Node[], targets: readonly Node[]): Map<Node, bigint> {
  const own = new Map<Node, bigint>();
  targets.forEach((target, i) => own.set(target, (own.get(target) ?? 0n) | (1n << BigInt(i))));
  const ofValue = new Map<string, bigint>();
  const ofNode = new Map<Node, bigint>();
  for (const node of nodes.toReversed()) {
    const bits = node.outputs.reduce((all, output) => all | (ofValue.get(output) ?? 0n), own.get(node) ?? 0n);
    ofNode.set(node, bits);
    for (const value of inputsOf(node)) ofValue.set(value, (ofValue.get(value) ?? 0n) | bits);
  }
  return ofNode;
}

/** The nodes that read each value, in their subgraphs too. */
function readersOf(nodes: readonly Node[]): Map<string, Node[]> {
  const readers = new Map<string, Node[]>();
  for (const node of nodes)
    for (const value of new Set(inputsOf(node))) {
      const known = readers.get(value);
      if (known) known.push(node);
      else readers.set(value, [node]);
    }
  return readers;
}
