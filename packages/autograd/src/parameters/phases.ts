import { inputsOf, type Graph, type Node } from "../graph/model.js";
import { dependents, type Use } from "../graph/walk.js";
import { isNameOfParameter } from "./parameter-names.js";

/** What takes frequencies and positions to phases. */
const linear = new Set(
  "Add Cast Concat Einsum Expand Flatten FusedMatMul Gather Gemm Identity MatMul Mul Reshape Slice Split Squeeze Sub Transpose Unsqueeze".split(
    " ",
  ),
);

/**
 * Whether a tensor only turns positions into phases: all that is made of it goes through a sine or a cosine, and met
 * before that what depends on no input of floats and on nothing that has a weight's name: the frequencies of rotary
 * embeddings, however they were scaled.
 * @param nodes in topological order
 * @param reads where each value is read by them
 */
export function onlyPhases(
  nodes: readonly Node[],
  reads: ReadonlyMap<string, readonly Use[]>,
  graph: Graph,
  name: string,
): boolean {
  if (/(^|[./])(weight|bias|kernel)$/.test(name)) return false;
  const made = new Set([name]);
  const met = new Set<string>();
  let waves = 0;
  // What is made is added on the way, and read in turn.
  for (const value of made)
    for (const { node } of reads.get(value) ?? []) {
      if (value !== name && (node.opType === "Sin" || node.opType === "Cos")) waves++;
      else if (linear.has(node.opType)) {
        node.inputs.forEach((input) => input !== "" && met.add(input));
        node.outputs.forEach((output) => made.add(output));
      } else return false;
    }
  if (waves === 0 || graph.outputs.some((o) => made.has(o.name))) return false;
  // What a subgraph reads is among no node's own inputs.
  const inside = (node: Node): boolean =>
    inputsOf(node).some((value) => made.has(value) && !node.inputs.includes(value));
  if (nodes.some(inside)) return false;
  const floats = graph.inputs.filter((v) => v.type?.dtype.startsWith("float")).map((v) => v.name);
  const weights = [...graph.initializers.keys()].filter((w) => w !== name && isNameOfParameter(w));
  const varying = dependents(nodes, [...floats, ...weights]);
  return [...met].every((value) => made.has(value) || !varying.has(value));
}
