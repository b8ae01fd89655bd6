import type { GraphBuilder, Value } from "../builder.js";
import { intAttribute, stringAttribute, type Node } from "../graph/model.js";

/**
 * A recurrent node as one node per direction, each running forward with all its outputs, which is what the gradient
 * rules know; a reversed direction reads and writes its sequences from the end.
 */
export function splitDirections(b: GraphBuilder, node: Node): Value[] | undefined {
  const [input, w, r, bias, lengths, ...rest] = node.inputs as [Value, Value, Value, ...Value[]];
  if (intAttribute(node, "layout", 0)) return undefined;
  const direction = stringAttribute(node, "direction", "forward");
  const both = direction === "bidirectional";
  const activations = node.attributes["activations"] as readonly string[] | undefined;
  // Sequences [steps, batch, …], each from its own end.
  const reversed = (v: Value) =>
    lengths
      ? b.op("ReverseSequence", [v, b.cast(lengths, "int64")], { time_axis: 0, batch_axis: 1 })
      : b.slice(v, 0, -1, -(2 ** 40), -1);
  const reversedOutput = (y: Value) => {
    const steps = reversed(b.op("Squeeze", [y, b.ints([1])]));
    return b.op("Unsqueeze", [steps, b.ints([1])]);
  };
  const ways = (both ? ["forward", "reverse"] : [direction]).map((way, d) => {
    const own = (v: Value) => (v && both ? b.slice(v, 0, d, d + 1) : v);
    const perWay = (activations?.length ?? 0) / (both ? 2 : 1);
    const outputs = b.ops(
      node.opType,
      [way === "reverse" ? reversed(input) : input, own(w), own(r), own(bias ?? ""), lengths ?? "", ...rest.map(own)],
      {
        ...node.attributes,
        direction: "forward",
        ...(activations && { activations: activations.slice(d * perWay, (d + 1) * perWay) }),
      },
      { outputs: node.opType === "LSTM" ? 3 : 2, name: both ? `${node.name}/${way}` : node.name },
    );
    return way === "reverse" ? [reversedOutput(outputs[0]!), ...outputs.slice(1)] : outputs;
  });
  if (!both) return ways[0];
  return ways[0]!.map((forward, i) => b.op("Concat", [forward, ways[1]![i]!], { axis: i === 0 ? 1 : 0 }));
}
