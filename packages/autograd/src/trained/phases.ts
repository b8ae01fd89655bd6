import { inputsOf, type Graph, type Node } from "../graph/model.js";
import { dependents } from "../graph/walk.js";
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
 */
export function onlyPhases(nodes: readonly Node[], graph: Graph, name: string): boolean {
  if (/(^|[./])(weight|bias|kernel)$/.test(name)) return false;
  const first = nodes.filter((node) => node.inputs.includes(name));
  if (!first.every((node) => linear.has(node.opType))) return false;
  const made = new Set([name]);
  const met = new Set<string>();
  let waves = 0;
  for (const node of nodes) {
    if (!inputsOf(node).some((value) => made.has(value))) continue;
    if (node.opType === "Sin" || node.opType === "Cos") {
      waves++;
      continue;
    }
    if (!linear.has(node.opType)) return false;
    node.inputs.forEach((value) => value !== "" && !made.has(value) && met.add(value));
    node.outputs.forEach((value) => made.add(value));
  }
  if (waves === 0 || graph.outputs.some((o) => made.has(o.name))) return false;
  const floats = graph.inputs.filter((v) => v.type?.dtype.startsWith("float")).map((v) => v.name);
  const weights = [...graph.initializers.keys()].filter((w) => w !== name && isNameOfParameter(w));
  const varying = dependents(nodes, [...floats, ...weights]);
  return [...met].every((value) => !varying.has(value));
}
