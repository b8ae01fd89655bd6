import { describe, stringAttribute, type Model } from "./graph/model.js";
import { dependents } from "./graph/walk.js";

const scatters = new Set(["Scatter", "ScatterElements", "ScatterND"]);

/** What tells sizes, or places that are all different, whatever the data are. */
const apart = new Set(["Shape", "Size", "NonZero", "TopK"]);

/**
 * What is allowed in a model, but may not be what its author meant: a line each, with the node. A Scatter without reduction
 * whose indices come from data may write twice in one place; PyTorch's older exporter writes index_put(accumulate=True) so.
 * Then one of the values wins, in training as in serving, though all of them get gradients.
 */
export function modelWarnings({ graph }: Model): string[] {
  const data = dependents(
    graph.nodes.filter((node) => !apart.has(node.opType)),
    graph.inputs.map((input) => input.name),
  );
  return graph.nodes
    .filter((node) => scatters.has(node.opType) && stringAttribute(node, "reduction", "none") === "none")
    .filter((node) => data.has(node.inputs[1] ?? ""))
    .map(
      (node) =>
        `${describe(node)} overwrites, and its indices come from data: where they repeat, values are lost and their gradients are wrong; if they were to be added, export with operator set 18 or later, or with dynamo=True`,
    );
}
