import { floatAttribute, type Model, type Node } from "../graph/model.js";
import { freshNames } from "../graph/names.js";
import { producers, usedOnce } from "../graph/walk.js";

/**
 * Max-pooling commutes with a non-decreasing activation, MaxPool(f(x)) = f(MaxPool(x)): behind the pool, f and its
 * gradient act on a fraction of the elements.
 */
export function poolBeforeActivation(model: Model): Model {
  const { graph } = model;
  const makers = producers(graph.nodes);
  const once = usedOnce(graph);
  const fresh = freshNames(graph);
  const moved = new Set<Node>();
  const nodes = graph.nodes.flatMap((pool) => {
    const activation = pool.opType === "MaxPool" && pool.outputs.length === 1 && makers.get(pool.inputs[0]!);
    if (!activation || !isNonDecreasing(activation) || !once.has(pool.inputs[0]!)) return [pool];
    moved.add(activation);
    const pooled = fresh(`${pool.outputs[0]!}/pooled`);
    return [
      { ...pool, inputs: [activation.inputs[0]!], outputs: [pooled] },
      { ...activation, inputs: [pooled], outputs: pool.outputs },
    ];
  });
  return { ...model, graph: { ...graph, nodes: nodes.filter((n) => !moved.has(n)) } };
}

function isNonDecreasing(node: Node): boolean {
  return node.opType === "Relu" || (node.opType === "LeakyRelu" && floatAttribute(node, "alpha", 0.01) >= 0);
}
