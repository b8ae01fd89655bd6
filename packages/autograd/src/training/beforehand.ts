import type { Graph, Node } from "../graph/model.js";
import { int64, numbersOf, type Tensor } from "../graph/tensor.js";

/** The nodes of a training step by when they can be computed in a loop of steps. */
export interface Beforehand {
  /** The same in every step: they depend on constants and the size of a batch. */
  shared: Node[];
  /** Of each step's samples and scalars alone, and element by element: they hold for all steps stacked on a new first axis. */
  stacked: Node[];
  /** Constants that the stacked nodes need besides the graph's own. */
  initializers: Map<string, Tensor>;
  /** The rest, which depends on parameters. */
  later: Node[];
}

/** What is known of a value: whether every step has its own, and how many axes it has in one. */
interface Early {
  own: boolean;
  rank: number;
}

const elementwise = new Set(["Add", "Sub", "Mul", "Div", "Neg", "Equal", "Cast"]);

/**
 * Finds what a training step computes that no parameter has a part in.
 * @param data the inputs of one sample each on the first axis; `Size` of one with that axis alone is the batch's
 * @param scalars inputs of one number per step
 */
export function beforehand(graph: Graph, data: readonly string[], scalars: readonly string[]): Beforehand {
  const known = new Map<string, Early>();
  for (const { name, type } of graph.inputs)
    if (data.includes(name) || scalars.includes(name)) known.set(name, { own: true, rank: type!.shape.length });
  for (const [name, { shape }] of graph.initializers) known.set(name, { own: false, rank: shape.length });

  const found: Beforehand = { shared: [], stacked: [], initializers: new Map(), later: [] };
  for (const node of graph.nodes) {
    const early = earlyOf(node, graph, known);
    if (!early) found.later.push(node);
    else {
      known.set(node.outputs[0]!, early);
      if (early.own) found.stacked.push(stackedForm(node, early, graph, found.initializers));
      else found.shared.push(node);
    }
  }
  return found;
}

function earlyOf(node: Node, graph: Graph, known: ReadonlyMap<string, Early>): Early | undefined {
  const inputs = node.inputs.map((name) => known.get(name));
  if (node.domain !== "" || inputs.includes(undefined)) return undefined;
  const [first] = inputs as Early[];
  if (node.opType === "Size" && first!.own) return first!.rank === 1 ? { own: false, rank: 0 } : undefined;
  if (node.opType === "Unsqueeze") {
    const axes = graph.initializers.get(node.inputs[1]!);
    return axes && first!.own ? { own: true, rank: first!.rank + axes.data.length } : undefined;
  }
  if (!elementwise.has(node.opType)) return undefined;
  const own = (inputs as Early[]).filter((i) => i.own);
  const rank = Math.max(...(inputs as Early[]).map((i) => i.rank));
  return own.every((i) => i.rank === rank) ? { own: own.length > 0, rank } : undefined;
}

/** The node with a new first axis: operators element by element are as they were, new axes are counted from the end. */
function stackedForm(node: Node, { rank }: Early, graph: Graph, initializers: Map<string, Tensor>): Node {
  if (node.opType !== "Unsqueeze") return node;
  const name = `${node.outputs[0]}/axes`;
  const axes = numbersOf(graph.initializers.get(node.inputs[1]!)!);
  initializers.set(name, int64(axes.map((axis) => (axis < 0 ? axis : axis - rank))));
  return { ...node, inputs: [node.inputs[0]!, name] };
}
