import type { Value } from "../builder.js";
import type { Node } from "../graph/model.js";

/** The values under the names of the node's outputs. */
export function named(node: Node, values: readonly Value[]): Node[] {
  return values.flatMap((value, i) =>
    value && node.outputs[i]
      ? [
          {
            name: node.name,
            opType: "Identity",
            domain: "",
            inputs: [value],
            outputs: [node.outputs[i]!],
            attributes: {},
          },
        ]
      : [],
  );
}
