import type { Graph, Model } from "../graph/model.js";
import { dependencies, nodesFor } from "../graph/walk.js";

/** What a model says besides its graph. */
export type Source = Pick<Model, "irVersion" | "opsets" | "metadata">;

/** The operator set of the nodes that are appended; rules are written for it alone. */
const targetOpset = 21;

/** The graph as a model: what no output needs is left out. */
export function modelOf(graph: Graph, source: Source): Model {
  const outputs = graph.outputs.map((o) => o.name);
  const needed = dependencies(graph.nodes, outputs);
  const nodes = nodesFor(graph.nodes, outputs);
  const opsets = new Map(source.opsets);
  opsets.set("", Math.max(targetOpset, opsets.get("") ?? 0));
  for (const { domain } of nodes) if (!opsets.has(domain)) opsets.set(domain, 1);
  return {
    irVersion: Math.max(10, source.irVersion),
    opsets,
    producer: "taskhead",
    metadata: source.metadata,
    graph: {
      ...graph,
      nodes,
      inputs: graph.inputs.filter((i) => needed.has(i.name)),
      initializers: new Map([...graph.initializers].filter(([name]) => needed.has(name))),
    },
  };
}
