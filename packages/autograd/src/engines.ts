import { intAttribute, stringAttribute } from "./graph/model.js";
import { knownNumbers, type InferContext } from "./infer/context.js";
import { dataTypeOf } from "./io/data-types.js";

/**
 * What runs the graph, which decides the form of gradients: `cpu` is `onnxruntime-node` with whatever it runs on but WebGPU,
 * `wasm` is `onnxruntime-web` on the processor, `webgpu` either of them on a GPU.
 */
export type EngineName = "cpu" | "wasm" | "webgpu";

/** What is wrong with a node on an engine, if anything. */
type LackRule = (c: InferContext) => string | undefined;

const rank = (c: InferContext) => c.types[0]?.shape.length ?? 0;

const toDouble: LackRule = (c) =>
  dataTypeOf(intAttribute(c.node, "to", 0)) === "float64" ? "casts to float64 are not there" : undefined;

/** What ONNX Runtime 1.30 has nowhere on an engine: found by running every gradient check on it. */
const refused: Readonly<Partial<Record<EngineName, Readonly<Record<string, LackRule>>>>> = {
  wasm: { Cast: toDouble },
  webgpu: { Cast: toDouble },
};

/**
 * What ONNX Runtime 1.30 takes on WebGPU and then fails at or gets wrong, found likewise: the processor is to compute it. What
 * merely has no kernel on WebGPU the runtime gives to the processor by itself.
 */
const onProcessor: Readonly<Record<string, LackRule>> = {
  Conv: (c) =>
    rank(c) > 4 && intAttribute(c.node, "group", 1) > 1 ? "grouped convolution of volumes is not there" : undefined,
  ConvTranspose: (c) => {
    if (rank(c) > 4) return "transposed convolution of volumes is not there";
    const [inputs, outputs] = c.types[1]!.shape;
    const groups = intAttribute(c.node, "group", 1);
    return groups > 1 && outputs === 1 && inputs !== groups
      ? "groups of several input channels and one output channel give wrong results"
      : undefined;
  },
  Einsum: (c) => (stringAttribute(c.node, "equation", "").includes("...") ? "an equation with '...' fails" : undefined),
  MaxPool: (c) => (c.node.outputs[1] ? "its indices are not there" : undefined),
  Resize: (c) => (intAttribute(c.node, "antialias", 0) ? "antialiased resizing is not there" : undefined),
  // Every device has eight buffers for a shader, and more are not asked for.
  Split: (c) => (c.node.outputs.length > 7 ? "more than seven outputs may be too many buffers" : undefined),
  Slice: (c) => {
    const [starts, steps] = [knownNumbers(c, 1), knownNumbers(c, 4)];
    return steps?.some((step, i) => step < 0 && starts?.[i] !== -1)
      ? "backward steps from another place than the end give wrong results"
      : undefined;
  },
};

/** Why a node does not run on an engine as it is. */
export interface Lack {
  readonly why: string;
  /** Whether nothing there computes it; else the processor does. */
  readonly refused: boolean;
}

/** What keeps a node from running on an engine; undefined where nothing does. */
export function lackOf(engine: EngineName, c: InferContext): Lack | undefined {
  const { opType, domain } = c.node;
  if (domain !== "") return undefined;
  const rule = (table: Readonly<Record<string, LackRule>> = {}) =>
    Object.hasOwn(table, opType) ? table[opType]!(c) : undefined;
  const nowhere = rule(refused[engine]);
  if (nowhere) return { why: `on ${engine}, ${nowhere}; export the model without it`, refused: true };
  const there = engine === "webgpu" ? rule(onProcessor) : undefined;
  return there ? { why: there, refused: false } : undefined;
}
