import { intAttribute, type Graph, type Model, type Node } from "../graph/model.js";
import { freshNames } from "../graph/names.js";
import { float32, sizeOf, type Tensor } from "../graph/tensor.js";
import { uses } from "../graph/walk.js";
import { protoOf } from "../io/data-types.js";
import { halvesOf } from "../io/halves.js";

/** Smaller ones cost little as they are: biases, norms, the constants of preprocessing. */
const worthIt = 256;

/** The largest finite half. */
const largestHalf = 65504;

/**
 * Weights stored as float16, half the size: a Cast makes them float32 again where they are read, so that all is computed
 * as before, on any device. A weight beyond a half's range stays as it is.
 */
export function withHalfWeights(model: Model): Model {
  const fresh = freshNames(model.graph);
  return replaced(model, (name, weight) => {
    if (!(weight.data as Float32Array).every((w) => Math.abs(w) <= largestHalf)) return undefined;
    const half: Tensor = { ...weight, dtype: "float16", data: halvesOf(weight.data as Float32Array) };
    const attributes = { to: protoOf("float32") };
    const stored = fresh(`${name}.fp16`);
    return { stored: new Map([[stored, half]]), node: { opType: "Cast", inputs: [stored], attributes } };
  });
}

/**
 * Weights of convolutions, products and embeddings stored as int8, a quarter of the size: w ≈ scale · byte, a scale for
 * each output channel (for each row of an embedding), max |w| / 127. A DequantizeLinear makes them float32 again where
 * they are read; activations stay float32.
 */
export function withByteWeights(model: Model): Model {
  const places = uses(model.graph.nodes);
  const fresh = freshNames(model.graph);
  return replaced(model, (name, weight) => {
    const axes = new Set((places.get(name) ?? []).map(({ node, input }) => channelAxis(node, input, weight.shape)));
    const [axis] = axes;
    if (axes.size !== 1 || axis === undefined) return undefined;
    const { bytes, scales } = quantised(weight, axis);
    const stored = new Map([
      [fresh(`${name}.int8`), bytes],
      [fresh(`${name}.scale`), scales],
    ]);
    return { stored, node: { opType: "DequantizeLinear", inputs: [...stored.keys()], attributes: { axis } } };
  });
}

/** How a weight is stored, and the node that brings it back. */
interface Smaller {
  stored: Map<string, Tensor>;
  node: Pick<Node, "opType" | "inputs" | "attributes">;
}

function replaced(model: Model, smaller: (name: string, weight: Tensor) => Smaller | undefined): Model {
  const { graph } = model;
  const initializers = new Map<string, Tensor>();
  const nodes: Node[] = [];
  for (const [name, weight] of graph.initializers) {
    const large = weight.dtype === "float32" && weight.shape.length > 1 && sizeOf(weight.shape) >= worthIt;
    const found = large ? smaller(name, weight) : undefined;
    if (!found) {
      initializers.set(name, weight);
      continue;
    }
    for (const [key, tensor] of found.stored) initializers.set(key, tensor);
    nodes.push({ ...found.node, name: `${name}.restored`, domain: "", outputs: [name] });
  }
  const smallerGraph: Graph = { ...graph, initializers, nodes: [...nodes, ...graph.nodes] };
  return { ...model, graph: smallerGraph };
}

/** Which axis of a weight counts the outputs of the operator that reads it; undefined where it is no such weight. */
function channelAxis(node: Node, input: number, shape: readonly number[]): number | undefined {
  if (node.domain !== "") return undefined;
  switch (node.opType) {
    case "Conv":
      return input === 1 ? 0 : undefined;
    case "ConvTranspose":
      return input === 1 ? 1 : undefined;
    case "Gather":
      return input === 0 && intAttribute(node, "axis", 0) === 0 ? 0 : undefined;
    case "Gemm":
      return input === 1 ? (intAttribute(node, "transB", 0) ? 0 : 1) : undefined;
    case "MatMul":
      return input === 1 ? shape.length - 1 : shape.length - 2;
    default:
      return undefined;
  }
}

/** Symmetric, one scale for each index along `axis`. */
function quantised({ shape, data }: Tensor, axis: number): { bytes: Tensor; scales: Tensor } {
  const inner = sizeOf(shape.slice(axis + 1));
  const channels = shape[axis]!;
  const channelOf = (i: number): number => Math.floor(i / inner) % channels;
  const values = data as Float32Array;
  const largest = new Float32Array(channels);
  values.forEach((w, i) => (largest[channelOf(i)] = Math.max(largest[channelOf(i)]!, Math.abs(w))));
  // A channel of zeros has any scale.
  const scales = largest.map((most) => (most > 0 ? most / 127 : 1));
  const bytes = Int8Array.from(values, (w, i) => Math.round(w / scales[channelOf(i)]!));
  return { bytes: { dtype: "int8", shape, data: bytes }, scales: float32(scales) };
}
