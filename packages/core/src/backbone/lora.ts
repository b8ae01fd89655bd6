import { buildOn, float32, floatAttribute, intAttribute, ModelError, uses, type Node } from "@taskhead/autograd";
import { random } from "../data/random.js";
import type { Weights } from "../engine/weights.js";
import { numbersIn, type Backbone, type LoraAdapter } from "./backbone.js";

export interface LoraOptions {
  /** r, of A [in, r] and B [r, out]. Default 8. */
  rank?: number;
  /** The update counts α/r times. Default: twice the rank. */
  alpha?: number;
  /** Linear layers whose name, or whose weight's, holds one of these. Default: all of the backbone. */
  targets?: readonly string[];
  /** Of A's start. Default 0. */
  seed?: number;
}

/**
 * LoRA (Hu et al. 2022): a backbone whose weights stay as they are, each of its linear layers with a trained update beside it,
 * y = x W + (α/r) (x A) B. A [in, r] starts from U(±1/√in), as PEFT starts it, and B [r, out] from 0: at first the features
 * are the backbone's, exactly. Its parameters are all A and B. A weight that several layers share has one update, which all of them
 * get; one that is read in other ways too, as by a lookup, has none. `mergeLora` makes an ordinary backbone of it again.
 * @throws {ModelError} if no linear layer is meant, or none of a rank that is more than its own
 */
export function withLora(backbone: Backbone, options: LoraOptions = {}): Backbone {
  const { rank = 8, alpha = 2 * rank, targets, seed = 0 } = options;
  const { graph } = backbone.model;
  const layers = linearLayers(backbone);
  const named = targets
    ? layers.filter(({ name, inputs }) => targets.some((one) => name.includes(one) || inputs[1]!.includes(one)))
    : layers;
  // A weight has one update, for all that read it.
  const weights = new Set(named.map(({ inputs }) => inputs[1]!));
  const meant = layers.filter(({ inputs }) => weights.has(inputs[1]!));
  if (meant.length === 0)
    throw new ModelError(
      layers.length === 0
        ? "the backbone has no linear layers for low-rank updates; use another method"
        : `none of the backbone's ${layers.length} linear layers is called so (${targets!.join(", ")}); they are such as '${layers[0]!.name || layers[0]!.inputs[1]}'`,
    );
  const adapters = new Map<string, LoraAdapter>();
  for (const node of meant) adapters.set(node.inputs[1]!, adapterOf(backbone, node, rank));
  const chosen = new Set(meant);
  const nodes = graph.nodes.flatMap((node) =>
    chosen.has(node) ? adapted(node, adapters.get(node.inputs[1]!)!) : [node],
  );
  const initializers = new Map(graph.initializers);
  for (const { down, up, width, outputs, weight } of adapters.values()) {
    const rng = random(seed, "lora", weight);
    const bound = 1 / Math.sqrt(width);
    const start = Float32Array.from({ length: width * rank }, () => (2 * rng.uniform() - 1) * bound);
    initializers.set(down, float32(start, [width, rank]));
    initializers.set(up, float32(new Float32Array(rank * outputs), [rank, outputs]));
  }
  initializers.set(scaleName, float32([alpha / rank]));
  const model = buildOn({ ...backbone.model, graph: { ...graph, nodes, initializers } }).model();
  const parameters = [...adapters.values()].flatMap(({ down, up }) => [down, up]);
  return {
    ...backbone,
    model,
    parameters,
    parameterCount: numbersIn(model, parameters),
    constants: new Set([...backbone.constants, scaleName]),
    lora: { base: backbone, adapters: [...adapters.values()], rank, scale: alpha / rank },
  };
}

/**
 * The backbone without its updates, and weights in which they are: W + (α/r) A B for each W that has one. A backbone without
 * any stays as it is.
 * @param weights some of its parameters, and whatever else, which stays; A and B as they started where left out
 */
export function mergeLora(backbone: Backbone, weights: Weights): { backbone: Backbone; weights: Weights } {
  const { lora } = backbone;
  if (!lora) return { backbone, weights };
  const { base, adapters, rank, scale } = lora;
  const merged = new Map(weights);
  const values = (from: Backbone, name: string): Float32Array =>
    weights.get(name) ?? (from.model.graph.initializers.get(name)!.data as Float32Array);
  for (const { weight, down, up, transposed, width, outputs } of adapters) {
    const own = Float32Array.from(values(base, weight));
    const [a, b] = [values(backbone, down), values(backbone, up)];
    for (let i = 0; i < width; i++)
      for (let j = 0; j < outputs; j++) {
        let sum = 0;
        for (let k = 0; k < rank; k++) sum += a[i * rank + k]! * b[k * outputs + j]!;
        own[transposed ? j * width + i : i * outputs + j]! += scale * sum;
      }
    merged.set(weight, own);
    merged.delete(down);
    merged.delete(up);
  }
  return { backbone: base, weights: merged };
}

/** The weight that a parameter of an update lies beside; other names as they are. */
export function outOfLora({ lora }: Backbone): (parameter: string) => string {
  const weights = new Map(
    lora?.adapters.flatMap(({ weight, down, up }) => [
      [down, weight],
      [up, weight],
    ]),
  );
  return (parameter) => weights.get(parameter) ?? parameter;
}

const scaleName = "lora.scale";

/** Those whose weights nothing else reads, and none in another way: an update of the weight is then one of every layer that has it. */
function linearLayers({ model: { graph }, parameters }: Backbone): Node[] {
  const trained = new Set(parameters);
  const layers = graph.nodes.filter((node) => isLinear(node) && trained.has(node.inputs[1]!));
  const readers = uses(graph.nodes);
  return layers.filter((layer) =>
    readers
      .get(layer.inputs[1]!)!
      .every(({ node, input }) => input === 1 && isLinear(node) && isTransposed(node) === isTransposed(layer)),
  );
}

function isTransposed(node: Node): boolean {
  return node.opType === "Gemm" && intAttribute(node, "transB", 0) === 1;
}

/** A product with a weight that is used as it is. */
function isLinear(node: Node): boolean {
  if (node.opType === "MatMul") return true;
  return node.opType === "Gemm" && intAttribute(node, "transA", 0) === 0 && floatAttribute(node, "alpha", 1) === 1;
}

function adapterOf({ model: { graph } }: Backbone, node: Node, rank: number): LoraAdapter {
  const weight = node.inputs[1]!;
  const { shape } = graph.initializers.get(weight)!;
  const transposed = isTransposed(node);
  const [width, outputs] = (transposed ? shape.toReversed() : shape) as [number, number];
  if (shape.length !== 2 || rank > Math.min(width, outputs))
    throw new ModelError(
      `the weight '${weight}' [${shape.join(", ")}] cannot have an update of rank ${rank}; choose a lower rank, or other layers`,
    );
  return { weight, down: `lora.down.${weight}`, up: `lora.up.${weight}`, transposed, width, outputs };
}

/** The layer, and its update added to what it gives. */
function adapted(node: Node, { down, up }: LoraAdapter): Node[] {
  const [output] = node.outputs as [string];
  const value = (what: string): string => `lora.${what}.${output}`;
  const op = (opType: string, inputs: string[], result: string): Node => ({
    name: `${result}/${opType}`,
    opType,
    domain: "",
    inputs,
    outputs: [result],
    attributes: {},
  });
  return [
    { ...node, outputs: [value("base")] },
    op("MatMul", [node.inputs[0]!, down], value("inner")),
    op("MatMul", [value("inner"), up], value("outer")),
    op("Mul", [value("outer"), scaleName], value("update")),
    op("Add", [value("base"), value("update")], output),
  ];
}
