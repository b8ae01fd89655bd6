import { int64, protoOf, renameGraph, type Model, type Node } from "@taskhead/autograd";
import { inputNames } from "./texts.js";

const prefix = "ending/";
const inner = `${prefix}ids`;

/**
 * A model whose texts end as in training where they are cut: transformers.js cuts a text's last special token with it. The
 * token at the place of the longest text's last one becomes that; in a text that was cut well it is already.
 * @param id of the special token that ends a text
 * @param maxLength tokens of the longest text
 */
export function withEnding(model: Model, id: number, maxLength: number): Model {
  const { graph } = model;
  if (![inputNames.ids, inputNames.mask].every((name) => graph.inputs.some((input) => input.name === name)))
    return model;
  const own = renameGraph(graph, (name) => (name === inputNames.ids ? inner : name));
  const at = (name: string): string => prefix + name;
  const step = (opType: string, inputs: string[], output: string, attributes: Node["attributes"] = {}): Node => {
    return { name: output, opType, domain: "", inputs, outputs: [output], attributes };
  };
  return {
    ...model,
    graph: {
      ...own,
      inputs: graph.inputs,
      nodes: [
        step("CumSum", [inputNames.mask, at("axis")], at("count")),
        step("Equal", [at("count"), at("length")], at("full")),
        step("Cast", [inputNames.mask], at("real"), { to: protoOf("bool") }),
        step("And", [at("full"), at("real")], at("last")),
        step("Where", [at("last"), at("id"), inputNames.ids], inner),
        ...own.nodes,
      ],
      initializers: new Map([
        [at("axis"), int64([1], [])],
        [at("length"), int64([maxLength], [])],
        [at("id"), int64([id], [])],
        ...own.initializers,
      ]),
    },
  };
}

/** A model as it was before that, so that training on may take longer texts. */
export function withoutEnding(model: Model): Model {
  const { graph } = model;
  const nodes = graph.nodes.filter(({ name }) => !name.startsWith(prefix));
  if (nodes.length === graph.nodes.length) return model;
  const initializers = new Map([...graph.initializers].filter(([name]) => !name.startsWith(prefix)));
  const bare = renameGraph({ ...graph, nodes, initializers }, (name) => (name === inner ? inputNames.ids : name));
  return { ...model, graph: bare };
}
