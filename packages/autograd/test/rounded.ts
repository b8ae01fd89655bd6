import { InferenceSession } from "onnxruntime-node";
import { protoOf } from "../src/io/data-types.js";
import type { Model } from "../src/graph/model.js";
import { writeModel } from "../src/io/write.js";

/**
 * A session on the processor that rounds where a graph has float16. The runtime computes its products in float32 there,
 * between casts of its own, and takes those out again together with the graph's: something that stands between two casts,
 * and that no optimisation takes out, keeps both.
 */
export function roundingSession(model: Model): Promise<InferenceSession> {
  const { graph } = model;
  const float16 = protoOf("float16");
  const halves = new Set(
    graph.nodes.flatMap(({ opType, inputs, outputs, attributes }) =>
      opType === "Cast" && Number(attributes["to"]) === float16
        ? outputs
        : inputs.filter((i) => i.endsWith("/float16")),
    ),
  );
  const nodes = graph.nodes.flatMap((node) => {
    const [y] = node.outputs as [string];
    if (!halves.has(y)) return [node];
    const kept = { ...node, opType: "Identity", domain: "", name: `${y}/kept`, attributes: {} };
    return [
      { ...node, outputs: [`${y}/unkept`] },
      { ...kept, inputs: [`${y}/unkept`], outputs: [y] },
    ];
  });
  return InferenceSession.create(writeModel({ ...model, graph: { ...graph, nodes } }), {
    graphOptimizationLevel: "disabled",
    intraOpNumThreads: 1,
  });
}
