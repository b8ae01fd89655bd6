import { intAttribute, stringAttribute } from "./graph/model.js";
import { knownNumbers, type InferContext } from "./infer/context.js";
import { dataTypeOf } from "./io/data-types.js";

/** What runs the graph, by ONNX Runtime's name for it: `onnxruntime-node` is `cpu`, `onnxruntime-web` the others. */
export type EngineName = "cpu" | "wasm" | "webgpu";

/** What is wrong with a node on an engine, if anything. */
type Lack = (c: InferContext) => string | undefined;

const rank = (c: InferContext) => c.types[0]?.shape.length ?? 0;

const toDouble: Lack = (c) =>
  dataTypeOf(intAttribute(c.node, "to", 0)) === "float64" ? "casts to float64 are not there" : undefined;

/**
 * What ONNX Runtime 1.30 lacks or gets wrong on an engine, of all that gradients are made of: found by running every
 * gradient check on it. What merely has no kernel of its own on WebGPU runs on wasm beside it.
 */
const lacks: Readonly<Record<EngineName, Readonly<Record<string, Lack>>>> = {
  cpu: {},
  wasm: { Cast: toDouble },
  webgpu: {
    Cast: toDouble,
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
    Einsum: (c) =>
      stringAttribute(c.node, "equation", "").includes("...") ? "an equation with '...' fails" : undefined,
    MaxPool: (c) => (c.node.outputs[1] ? "its indices are not there" : undefined),
    Resize: (c) => (intAttribute(c.node, "antialias", 0) ? "antialiased resizing is not there" : undefined),
    Slice: (c) => {
      const [starts, steps] = [knownNumbers(c, 1), knownNumbers(c, 4)];
      return steps?.some((step, i) => step < 0 && starts?.[i] !== -1)
        ? "backward steps from another place than the end give wrong results"
        : undefined;
    },
  },
};

/** Why a node does not run on an engine, and what would help; undefined where it does. */
export function lackOf(engine: EngineName, c: InferContext): string | undefined {
  const { opType, domain } = c.node;
  const table = lacks[engine];
  const lack = domain === "" && Object.hasOwn(table, opType) ? table[opType]!(c) : undefined;
  if (!lack) return undefined;
  return `on ${engine}, ${lack}; ${engine === "webgpu" ? "run it on wasm" : "export the model without it"}`;
}
