import { intsAttribute, stringAttribute, type Graph, type Model, type Node } from "../graph/model.js";
import { inferRules } from "../infer/rules.js";

/** What upgrading leads to is written as in this operator set: reductions take their axes as an input from here on. */
const floor = 18;

/** The first IR version that may declare an operator set. */
const irVersions: readonly (readonly [opset: number, ir: number])[] = [
  [18, 8],
  [19, 9],
  [21, 10],
  [23, 11],
  [24, 12],
];

/** Operators that came later than the floor, or mean something else since. */
const since: Readonly<Record<string, number>> = {
  DeformConv: 19,
  AffineGrid: 20,
  DFT: 20,
  Gelu: 20,
  GridSample: 20,
  GroupNormalization: 21,
  Attention: 23,
  RMSNormalization: 23,
  RotaryEmbedding: 23,
  Swish: 24,
  TensorScatter: 24,
};

/** Forms of older operators that came later than the floor. */
const forms: Readonly<Record<string, (node: Node) => number>> = {
  AveragePool: (node) => (intsAttribute(node, "dilations")?.some((d) => d !== 1) ? 19 : floor),
  Pad: (node) => (stringAttribute(node, "mode", "constant") === "wrap" ? 19 : floor),
  Resize: (node) =>
    stringAttribute(node, "coordinate_transformation_mode", "half_pixel") === "half_pixel_symmetric" ? 19 : floor,
  DequantizeLinear: (node) => ("block_size" in node.attributes ? 21 : floor),
  QuantizeLinear: (node) => ("block_size" in node.attributes || "output_dtype" in node.attributes ? 21 : floor),
};

/**
 * The same model for the oldest runtime that can take it: a builder writes operator set 21, of which few graphs need more
 * than 18 (ONNX Runtime 1.14). A model with operators that are not known here keeps what it declares.
 */
export function forOldestRuntime(model: Model): Model {
  const declared = model.opsets.get("") ?? 1;
  if (declared <= floor) return model;
  const needed = (graph: Graph): number => Math.max(floor, ...graph.nodes.map(neededBy));
  const neededBy = (node: Node): number => {
    const inner = Math.max(floor, ...Object.values(node.attributes).filter(isGraph).map(needed));
    if (node.domain !== "") return inner;
    const own =
      since[node.opType] ?? forms[node.opType]?.(node) ?? (Object.hasOwn(inferRules, node.opType) ? floor : declared);
    return Math.max(inner, own);
  };
  const opset = Math.min(declared, needed(model.graph));
  return { ...model, opsets: new Map([...model.opsets, ["", opset]]), irVersion: irFor(opset, model.irVersion) };
}

function irFor(opset: number, declared: number): number {
  const fitting = irVersions.filter(([from]) => from <= opset).at(-1);
  return Math.min(declared, fitting![1]);
}

/** The first ONNX Runtime that takes the model's operator set; undefined for one that is newer than this table. */
export function oldestRuntime({ opsets }: Pick<Model, "opsets">): string | undefined {
  const opset = opsets.get("") ?? 1;
  if (opset <= 18) return "1.14";
  return ({ 19: "1.15", 20: "1.17", 21: "1.18", 22: "1.20" } as Record<number, string>)[opset];
}

function isGraph(value: unknown): value is Graph {
  return typeof value === "object" && value !== null && "nodes" in value;
}
