import type { Attribute, Model, Node } from "../src/graph/model.js";
import type { Shape, Tensor } from "../src/graph/tensor.js";

/** `node("Add", "a b", "c")`: one node, its inputs and outputs separated by blanks; `_` leaves an input out. */
export function node(
  opType: string,
  inputs: string,
  outputs: string,
  attributes: Record<string, Attribute> = {},
  domain = "",
): Node {
  const names = (text: string) =>
    text
      .split(" ")
      .filter((n) => n !== "")
      .map((n) => (n === "_" ? "" : n));
  return {
    name: `node/${outputs.split(" ")[0]}`,
    opType,
    domain,
    inputs: names(inputs),
    outputs: names(outputs),
    attributes,
  };
}

export function modelFrom(parts: {
  inputs: Readonly<Record<string, Shape>>;
  nodes: Node[];
  outputs: readonly string[];
  initializers?: Readonly<Record<string, Tensor>>;
  opset?: number;
}): Model {
  return {
    irVersion: 8,
    opsets: new Map([["", parts.opset ?? 21]]),
    producer: "test",
    metadata: new Map([["note", "kept"]]),
    graph: {
      name: "test",
      inputs: Object.entries(parts.inputs).map(([name, shape]) => ({
        name,
        type: { dtype: "float32" as const, shape },
      })),
      outputs: parts.outputs.map((name) => ({ name })),
      nodes: parts.nodes,
      initializers: new Map(Object.entries(parts.initializers ?? {})),
    },
  };
}
