import {
  float32,
  ModelError,
  protoOf,
  renameNode,
  type Dim,
  type Graph,
  type Model,
  type Node,
  type Shape,
  type Tensor,
} from "@taskhead/autograd";
import type { PreparedInput } from "../backbone/modality.js";
import type { Size } from "./preprocessing.js";

/** How bytes become the numbers that the network was pretrained on: (byte · rescale − mean) / std, per channel RGB. */
export interface PixelOptions {
  mean: readonly number[];
  std: readonly number[];
  /** Usually 1/255. */
  rescale: number;
}

/** What training feeds a network of images. */
export const pixels = "pixels";

/**
 * Makes a model take images as `pixels` [batch, channels, height, width] of one size: bytes that are normalised inside the
 * graph, or, without `normalise`, the numbers that it takes already.
 * @throws {ModelError} if the model takes several inputs, no images, or images of another size.
 */
export function imageInput(
  model: Model,
  { normalise, size }: { normalise?: PixelOptions; size?: Size },
): PreparedInput {
  const [input, ...others] = model.graph.inputs;
  if (!input?.type)
    throw new ModelError("the model does not declare the shape of its input; export it again with shapes");
  if (others.length)
    throw new ModelError(
      `the model takes ${others.length + 1} inputs (${model.graph.inputs.map((v) => v.name).join(", ")}), where images are one`,
    );
  const shape = sized(input.name, input.type.shape, size);
  const prelude = normalise && normalisation(input.name, shape, normalise);
  const now = (name: string): string => (!prelude && name === input.name ? pixels : name);
  const graph: Graph = {
    ...model.graph,
    inputs: [{ name: pixels, type: prelude ? { dtype: "uint8", shape } : { ...input.type, shape } }],
    // Declared shapes may be those of the old size.
    outputs: model.graph.outputs.map(({ name }) => ({ name: now(name) })),
    nodes: [...(prelude?.nodes ?? []), ...model.graph.nodes.map((node) => renameNode(node, now))],
    initializers: new Map([...(prelude?.initializers ?? []), ...model.graph.initializers]),
  };
  return { model: { ...model, graph }, constants: new Set(prelude?.initializers.keys()) };
}

/** The input's shape with a free batch and the size asked for. */
function sized(name: string, shape: Shape, size: Size | undefined): Shape {
  const rest = shape.slice(1);
  if (!size) return ["batch", ...rest];
  if (shape.length !== 4)
    throw new ModelError(`the input '${name}' is [${shape.join(", ")}], not images [batch, 3, height, width]`);
  const [channels, height, width] = rest as [Dim, Dim, Dim];
  if ((typeof height === "number" && height !== size.height) || (typeof width === "number" && width !== size.width))
    throw new ModelError(
      `the model takes images of ${height}×${width} (height×width) only; use \`size\` ${height === width ? height : `${height}x${width}`} instead of ${size.height}×${size.width}`,
    );
  return ["batch", channels, size.height, size.width];
}

/** Cast → Mul → Sub → Div, from `pixels` to the old input's name. */
function normalisation(
  name: string,
  shape: Shape,
  { mean, std, rescale }: PixelOptions,
): { nodes: Node[]; initializers: Map<string, Tensor> } {
  if (shape.length !== 4)
    throw new ModelError(`the input '${name}' is [${shape.join(", ")}], not images [batch, 3, height, width]`);
  if (typeof shape[2] !== "number" || typeof shape[3] !== "number")
    throw new ModelError(
      `the model takes images of any size; choose one by \`size\`, best the one it was pretrained at`,
    );
  const channels = mean.length;
  if (std.length !== channels || (typeof shape[1] === "number" && shape[1] !== channels))
    throw new ModelError(
      `mean and std have ${channels} and ${std.length} numbers, but the model takes ${shape[1]} channels`,
    );
  const node = (opType: string, inputs: string[], output: string, attributes: Node["attributes"] = {}): Node => ({
    name: `pixels/${opType}`,
    opType,
    domain: "",
    inputs,
    outputs: [output],
    attributes,
  });
  return {
    nodes: [
      node("Cast", [pixels], "pixels.float", { to: protoOf("float32") }),
      node("Mul", ["pixels.float", "pixels.rescale"], "pixels.scaled"),
      node("Sub", ["pixels.scaled", "pixels.mean"], "pixels.centred"),
      node("Div", ["pixels.centred", "pixels.std"], name),
    ],
    initializers: new Map([
      ["pixels.rescale", float32([rescale], [])],
      ["pixels.mean", float32(mean, [1, channels, 1, 1])],
      ["pixels.std", float32(std, [1, channels, 1, 1])],
    ]),
  };
}
