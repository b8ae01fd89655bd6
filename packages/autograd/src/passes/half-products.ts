import { inputsOf, type Model, type Node } from "../graph/model.js";
import { freshNames } from "../graph/names.js";
import { protoOf } from "../io/data-types.js";

/** Where nearly all of a network's arithmetic is, in both directions. */
const products = new Set(["Conv", "ConvTranspose", "FusedMatMul", "Gemm", "MatMul"]);

/**
 * Products of matrices and convolutions in float16, between casts; all else stays as it is: sums, normalisations, softmax,
 * losses and what an optimizer keeps. What one product hands to the next stays float16 on the way, and a value that several
 * read is cast once. Numbers beyond 65,504 become infinite, those below 6e-8 zero.
 * @param isFloat32 of a value, by its name
 * @param stays of a node, for those that are computed where float16 is of no use
 */
export function halfProducts(
  model: Model,
  isFloat32: (value: string) => boolean,
  stays: (node: Node) => boolean = () => false,
): Model {
  const { graph } = model;
  const nodes: Node[] = [];
  const fresh = freshNames(graph);
  /** By value, what it is called as float16. */
  const halves = new Map<string, string>();
  const named = (value: string): string => {
    const name = fresh(`${value}/float16`);
    halves.set(value, name);
    return name;
  };
  const half = (value: string): string => {
    if (value === "") return "";
    const known = halves.get(value);
    if (known !== undefined) return known;
    const name = named(value);
    nodes.push(cast(value, name, "float16"));
    return name;
  };
  const back = new Set<Node>();
  for (const node of graph.nodes) {
    if (!products.has(node.opType) || !isFloat32(node.outputs[0]!) || stays(node)) {
      nodes.push(node);
      continue;
    }
    const [y] = node.outputs as [string];
    const inputs = node.inputs.map(half);
    const short = named(y);
    nodes.push({ ...node, inputs, outputs: [short] });
    const whole = cast(short, y, "float32");
    back.add(whole);
    nodes.push(whole);
  }
  const read = new Set([...nodes.flatMap(inputsOf), ...graph.outputs.map(({ name }) => name)]);
  const needed = nodes.filter((node) => !back.has(node) || read.has(node.outputs[0]!));
  return { ...model, graph: { ...graph, nodes: needed } };
}

function cast(from: string, to: string, dtype: "float16" | "float32"): Node {
  return {
    opType: "Cast",
    domain: "",
    name: dtype === "float16" ? to : `${to}/float32`,
    inputs: [from],
    outputs: [to],
    attributes: { to: protoOf(dtype) },
  };
}
