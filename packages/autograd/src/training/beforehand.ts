import { isStatic } from "../graph/dims.js";
import { intAttribute, type Graph, type Node } from "../graph/model.js";
import { freshNames } from "../graph/names.js";
import { int64, numbersOf, sizeOf, type Shape, type Tensor } from "../graph/tensor.js";

/** The nodes of a training step by when they can be computed in a loop of steps. */
export interface Beforehand {
  /** The same in every step: they depend on constants and the size of a batch. */
  shared: Node[];
  /** How many elements one sample has of what a shared Size counts, by the name of the count. */
  perSample: Map<string, number>;
  /**
   * Of each step's samples and scalars alone, element by element or summed over all: they hold for all steps stacked on a
   * new first axis.
   */
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
  /** Elements per sample, if samples are on its first axis and that is fixed. */
  perSample?: number;
}

type Known = ReadonlyMap<string, Early>;

const elementwise = new Set(["Add", "Sub", "Mul", "Div", "Neg", "Equal", "Less", "Cast", "IsNaN", "Not", "Where"]);

/**
 * Finds what a training step computes that no parameter has a part in.
 * @param data the inputs of one sample each on the first axis; `Size` of one is the batch's, times the elements of a sample
 * @param scalars inputs of one number per step
 */
export function beforehand(graph: Graph, data: readonly string[], scalars: readonly string[]): Beforehand {
  const known = new Map<string, Early>();
  for (const { name, type } of graph.inputs) {
    const rank = type!.shape.length;
    if (data.includes(name)) known.set(name, { own: true, rank, perSample: perSampleOf(type!.shape) });
    else if (scalars.includes(name)) known.set(name, { own: true, rank });
  }
  for (const [name, { shape }] of graph.initializers) known.set(name, { own: false, rank: shape.length });

  const found: Beforehand = { shared: [], perSample: new Map(), stacked: [], initializers: new Map(), later: [] };
  const adding = { initializers: found.initializers, fresh: freshNames(graph) };
  for (const node of graph.nodes) {
    const early = earlyOf(node, graph, known);
    if (!early) found.later.push(node);
    else {
      known.set(node.outputs[0]!, early);
      if (early.own) found.stacked.push(stackedForm(node, early, graph, known, adding));
      else found.shared.push(node);
      if (node.opType === "Size") found.perSample.set(node.outputs[0]!, known.get(node.inputs[0]!)!.perSample!);
    }
  }
  return found;
}

function earlyOf(node: Node, graph: Graph, known: Known): Early | undefined {
  const inputs = node.inputs.map((name) => known.get(name));
  if (node.domain !== "" || inputs.includes(undefined)) return undefined;
  const [first] = inputs as Early[];
  if (node.opType === "Size" && first!.own) return first!.perSample ? { own: false, rank: 0 } : undefined;
  if (isWholeSum(node) && first!.own && first!.rank > 0) return { own: true, rank: 0 };
  if (node.opType === "Unsqueeze") {
    const axes = graph.initializers.get(node.inputs[1]!);
    return axes && first!.own ? { own: true, rank: first!.rank + axes.data.length } : undefined;
  }
  // From a list that is constant, an element for each index.
  if (node.opType === "Gather" && !first!.own && first!.rank === 1 && inputs[1]!.own)
    return { own: true, rank: inputs[1]!.rank };
  if (!elementwise.has(node.opType)) return undefined;
  const own = (inputs as Early[]).filter((i) => i.own);
  const rank = Math.max(...(inputs as Early[]).map((i) => i.rank));
  return own.every((i) => i.rank === rank) ? { own: own.length > 0, rank } : undefined;
}

/** A sum over all axes to a scalar. */
function isWholeSum(node: Node): boolean {
  const { opType, inputs } = node;
  const options = [intAttribute(node, "keepdims", 1), intAttribute(node, "noop_with_empty_axes", 0)];
  return opType === "ReduceSum" && inputs.length === 1 && options.every((option) => option === 0);
}

/** How many elements one sample has, behind the first axis. */
function perSampleOf([, ...rest]: Shape): number | undefined {
  return isStatic(rest) ? sizeOf(rest) : undefined;
}

/**
 * The node with a new first axis: operators element by element are as they were, axes are counted from the end.
 * @param rank that of its output, in one step
 */
function stackedForm(
  node: Node,
  { rank }: Early,
  graph: Graph,
  known: Known,
  { initializers, fresh }: Pick<Beforehand, "initializers"> & { fresh(stem: string): string },
): Node {
  const along = (axes: readonly number[]): Node => {
    const name = fresh(`${node.outputs[0]}/axes`);
    initializers.set(name, int64(axes));
    return { ...node, inputs: [node.inputs[0]!, name] };
  };
  if (node.opType === "ReduceSum")
    return along(Array.from({ length: known.get(node.inputs[0]!)!.rank }, (_, i) => -1 - i));
  if (node.opType !== "Unsqueeze") return node;
  return along(numbersOf(graph.initializers.get(node.inputs[1]!)!).map((axis) => (axis < 0 ? axis : axis - rank)));
}
