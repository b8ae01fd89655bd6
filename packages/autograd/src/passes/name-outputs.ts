import { renameNode, type Model, type Node } from "../graph/model.js";
import { producers } from "../graph/walk.js";

/**
 * Lets nodes write graph outputs themselves where an Identity only copies them there: the runtime keeps such copies, and
 * for an optimizer's new weights that is one more pass over all parameters.
 */
export function nameOutputs(model: Model): Model {
  const { graph } = model;
  const outputs = new Set(graph.outputs.map((o) => o.name));
  const produced = producers(graph.nodes);
  const names = new Map<string, string>();
  const isCopy = ({ opType, domain, inputs: [from], outputs: [to] }: Node): boolean => {
    if (opType !== "Identity" || domain !== "" || !outputs.has(to!)) return false;
    if (!produced.has(from!) || outputs.has(from!) || names.has(from!)) return false;
    names.set(from!, to!);
    return true;
  };
  const kept = graph.nodes.filter((node) => !isCopy(node));
  const nodes = kept.map((node) => renameNode(node, (name) => names.get(name) ?? name));
  return { ...model, graph: { ...graph, nodes } };
}
