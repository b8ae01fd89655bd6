import type { Graph, Model, Node } from "../graph/model.js";
import { producers } from "../graph/walk.js";

/**
 * Whether a graph adds rows to others, of which there are as many as a batch has: sums over the edges of graphs. ONNX Runtime
 * (1.30) does that from several threads at once, and what two of them add to one row at the same time is lost: such a graph
 * wants one thread, or `addRowsApart`.
 */
export function addsRows({ graph }: Pick<Model, "graph">): boolean {
  return additionsOfRows(graph).length > 0;
}

/**
 * The nodes that do. A large table of weights, as that of words, is none of them: rules of gradients add to each of its rows
 * once at most.
 */
export function additionsOfRows(graph: Graph): Node[] {
  const made = producers(graph.nodes);
  return graph.nodes.filter(({ opType, attributes, inputs }) => {
    const reduction = attributes["reduction"];
    if (opType !== "ScatterND" || reduction === undefined || reduction === "none") return false;
    return !isTable(graph, made, inputs[0]!);
  });
}

/** Constants, zeros in the shape of weights, or momentum. */
function isTable({ initializers, inputs }: Graph, made: ReturnType<typeof producers>, value: string): boolean {
  const node = made.get(value);
  if (!node) return initializers.has(value);
  const [first] = node.inputs as [string];
  if (node.opType === "ConstantOfShape") return initializers.has(first);
  return node.opType === "Mul" && inputs.some(({ name }) => name === first);
}
