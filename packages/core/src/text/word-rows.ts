import { buildOn, int64, ModelError, renameGraph, type Model, type Node } from "@taskhead/autograd";
import { unitInput } from "../backbone/pool.js";
import { inputNames } from "./texts.js";

const prefix = "words/";
const [rows, tail, wanted] = [`${prefix}rows`, `${prefix}outputs`, `${prefix}shape`];

/**
 * A fine-tuned model that takes whole texts and answers for each of their tokens: `logits` [batch, sequence, k], in place of
 * one that is told where words are. Which tokens begin words, those who use it know.
 * @throws {ModelError} if nothing in it picks words
 */
export function withAllTokens(model: Model): Model {
  const { graph } = model;
  const outputs = buildOn(model).shape("logits")[1] as number;
  const picking = graph.nodes.filter((node) => node.inputs.includes(unitInput));
  if (picking.length !== 1 || picking[0]!.opType !== "Gather")
    throw new ModelError(
      `the model picks words in ${picking.length} places, where one was expected; give one that was fine-tuned on tags of words`,
    );
  const [of] = picking;
  const own = renameGraph(
    {
      ...graph,
      inputs: graph.inputs.filter(({ name }) => name !== unitInput),
      nodes: graph.nodes.map((node) =>
        node === of ? { ...node, opType: "Identity", inputs: [node.inputs[0]!], attributes: {} } : node,
      ),
    },
    (name) => (name === "logits" ? rows : name),
  );
  const step = (opType: string, inputs: string[], output: string, attributes: Node["attributes"] = {}): Node => {
    return { name: `${prefix}${output}`, opType, domain: "", inputs, outputs: [output], attributes };
  };
  return {
    ...model,
    graph: {
      ...own,
      outputs: [{ name: "logits", type: { dtype: "float32", shape: ["batch", "sequence", outputs] } }],
      nodes: [
        ...own.nodes,
        step("Shape", [inputNames.ids], `${prefix}sizes`),
        step("Concat", [`${prefix}sizes`, tail], wanted, { axis: 0 }),
        step("Reshape", [rows, wanted], "logits"),
      ],
      initializers: new Map([...own.initializers, [tail, int64([outputs], [1])]]),
    },
  };
}
