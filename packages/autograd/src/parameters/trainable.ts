import { fixedByValue } from "./fixed-tables.js";
import { inputsOf, type Model, type Node } from "../graph/model.js";
import { originOf } from "../graph/origin.js";
import { sizeOf, type Tensor } from "../graph/tensor.js";
import { nodesFor, uses as usesOf, type Use } from "../graph/walk.js";
import { isNameOfBuffer, isNameOfParameter } from "./parameter-names.js";
import { onlyPhases } from "./phases.js";

/**
 * Which inputs of an operator hold weights, where that is not all of them. BatchNormalization's statistics do not; what it
 * normalises may be a convolution's weight (weight standardisation, as in BiT and NFNets).
 */
const weightInputs: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [0, 1, 2],
  Clip: [0],
  OneHot: [],
  Pad: [0],
  Resize: [0],
  Upsample: [0],
};

/** Inputs that hold a weight only if its name says so; else they are an exponent, or a filling. */
const namedInputs: Readonly<Record<string, readonly number[]>> = { Pow: [1], Where: [1, 2] };

/** Inputs that a layer keeps its weights in: whatever is constant there is trained, a single number too. */
const layerInputs: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [1, 2],
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  GRU: [1, 2, 3],
  Gemm: [1, 2],
  GroupNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  LSTM: [1, 2, 3],
  LayerNormalization: [1, 2],
  MatMul: [1],
  PRelu: [1],
  RMSNormalization: [1],
  RNN: [1, 2, 3],
  SimplifiedLayerNormalization: [1],
};

/** What a normalisation without a scale or a shift of its own is given in their place, by input. */
const fillings: Readonly<Record<number, number>> = { 1: 1, 2: 0 };

/** Operators whose result does not depend on the elements of what they read. */
const blind = new Set(["Shape", "Size"]);

/**
 * The weights that the `ends` (the outputs, unless given) depend on, in the order of their first use: what PyTorch counts
 * as parameters, and fine-tuning trains. float32 initializers are, a single number too where its name or its place in a
 * layer says so, but for
 *
 * - BatchNormalization's running statistics, bounds, exponents, fillings, sizes;
 * - what was computed from constants, or added while a graph was built;
 * - the ones and zeros that exporters give a normalisation which has no scale or shift;
 * - tables that a formula gives: sinusoids, the frequencies of rotary embeddings, coordinates, masks; and whatever turns
 *   positions into phases alone;
 * - what goes by the name of a buffer: `inv_freq`, `position_ids`, `relative_position_index`, `attn_mask`.
 */
export function trainableParameters(
  { graph }: Model,
  ends: readonly string[] = graph.outputs.map((o) => o.name),
): string[] {
  const seeing = nodesFor(graph.nodes.filter((node) => !blind.has(node.opType)).map(withoutStatistics), ends);
  const reads = usesOf(seeing);
  const weights = [...graph.initializers].filter(([name, tensor]) => reads.has(name) && isWeightOfFile(tensor));
  const constantsToo = weights.length === 0;
  const found = new Set<string>();
  for (const node of seeing)
    for (const name of inputsOf(node)) {
      const tensor = graph.initializers.get(name);
      if (!tensor || found.has(name)) continue;
      const own = reads.get(name) ?? [];
      // A value that a subgraph reads is held by whatever reads it there.
      const held = own.some((use) => holdsWeight(use, name)) || !node.inputs.includes(name);
      if (held && isParameter(name, tensor, own, constantsToo) && !onlyPhases(seeing, reads, graph, name))
        found.add(name);
    }
  return [...found];
}

/**
 * In training mode, which shows in the number of outputs before operator set 14, a BatchNormalization's result does not
 * depend on the statistics that it is given.
 */
function withoutStatistics(node: Node): Node {
  return standardises(node) ? { ...node, inputs: node.inputs.slice(0, 3) } : node;
}

/** Whether a BatchNormalization is in training mode. */
function standardises({ opType, outputs, attributes }: Node): boolean {
  return opType === "BatchNormalization" && (attributes["training_mode"] === 1 || outputs.length > 1);
}

function isWeightOfFile(tensor: Tensor): boolean {
  return tensor.dtype === "float32" && sizeOf(tensor.shape) > 1 && originOf(tensor) === undefined;
}

function holdsWeight({ node, input }: Use, name: string): boolean {
  if (namedInputs[node.opType]?.includes(input)) return isNameOfParameter(name);
  return weightInputs[node.opType]?.includes(input) ?? true;
}

/**
 * Whether a normalisation multiplies by ones or adds zeros: what holds its place where a layer has none. PyTorch's legacy exporter
 * calls weights `onnx::…` that it shares among layers, the zeros of fresh biases above all.
 */
function fills(name: string, { node, input }: Use, { data }: Tensor): boolean {
  if (name.startsWith("onnx::") && !standardises(node)) return false;
  const value = node.opType.endsWith("Normalization") ? fillings[input] : undefined;
  return value !== undefined && (data as Float32Array).every((v) => v === value);
}

/** @param constantsToo whether the file keeps its weights in Constant nodes */
function isParameter(name: string, tensor: Tensor, reads: readonly Use[], constantsToo: boolean): boolean {
  const origin = originOf(tensor);
  if (tensor.dtype !== "float32" || origin === "computed" || isNameOfBuffer(name)) return false;
  if (reads.length > 0 && !isNameOfParameter(name) && reads.every((use) => fills(name, use, tensor))) return false;
  const isWeight =
    isNameOfParameter(name) || reads.some(({ node, input }) => layerInputs[node.opType]?.includes(input));
  if (sizeOf(tensor.shape) === 1) return isWeight && origin === undefined;
  if (origin === "constant" && !isWeight && !constantsToo) return false;
  const readers = reads.map(({ node }) => node);
  return !fixedByValue(tensor, readers);
}
