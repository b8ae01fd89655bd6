import {
  float32,
  int64,
  ModelError,
  protoOf,
  type DataType,
  renameNode,
  type Dim,
  type Graph,
  type Model,
  type Node,
  type Shape,
  type Tensor,
} from "@taskhead/autograd";
import type { PreparedInput } from "../backbone/modality.js";
import { withChannelsFirst } from "./channels-last.js";
import type { Size } from "./preprocessing.js";

/** How bytes become the numbers that the network was pretrained on: (byte · rescale − mean) / std, per channel RGB. */
export interface PixelOptions {
  mean: readonly number[];
  std: readonly number[];
  /** Usually 1/255. */
  rescale: number;
  /** `bgr`: the network takes blue first; `mean` and `std` are those of red, green, blue all the same. Default: RGB. */
  order?: "bgr";
}

/** What training feeds a network of images. */
export const pixels = "pixels";

/**
 * Makes a model take images as `pixels` [batch, channels, height, width] of one size: bytes that are normalised inside the
 * graph, or, without `normalise`, the same numbers as float32. A model that takes another type, as an export of ours takes
 * bytes, gets them cast to it; one that wants channels last gets them transposed.
 * @throws {ModelError} if the model takes several inputs, no images, or images of another size.
 */
export function imageInput(
  given: Model,
  { normalise, size }: { normalise?: PixelOptions; size?: Size },
): PreparedInput {
  const model = withChannelsFirst(given);
  const [input, ...others] = model.graph.inputs;
  refuseOtherData(model);
  if (!input?.type)
    throw new ModelError("the model does not declare the shape of its input; export it again with shapes");
  const names = model.graph.inputs.map((v) => v.name);
  if (others.length)
    throw new ModelError(
      `the model takes ${names.length} inputs (${names.join(", ")}), where images are one; give a model of images`,
    );
  const { dtype } = input.type;
  if (dtype === "string" || dtype === "bool" || dtype === "other")
    throw new ModelError(
      `the input '${input.name}' takes elements of ${dtype === "other" ? "an unknown type" : `type ${dtype}`}, and pictures are numbers; give a model with an input of float32 or uint8 [batch, 3, height, width]`,
    );
  const shape = sized(input.name, input.type.shape, size);
  const direct = !normalise && dtype === "float32";
  const now = (name: string): string => (direct && name === input.name ? pixels : name);
  const prelude = normalise && normalisation(input.name, shape, normalise, dtype);
  const nodes = prelude?.nodes ?? (direct ? [] : [cast(pixels, input.name, dtype)]);
  const graph: Graph = {
    ...model.graph,
    inputs: [{ name: pixels, type: { dtype: normalise ? "uint8" : "float32", shape } }],
    // Declared shapes may be those of the old size.
    outputs: model.graph.outputs.map(({ name }) => ({ name: now(name) })),
    nodes: [...nodes, ...model.graph.nodes.map((node) => renameNode(node, now))],
    initializers: new Map([...(prelude?.initializers ?? []), ...model.graph.initializers]),
  };
  return { model: { ...model, graph }, constants: new Set(prelude?.initializers.keys()) };
}

/** @throws {ModelError} if the model's inputs are those of text, or of graphs */
function refuseOtherData({ graph: { inputs } }: Model): void {
  const text = inputs.filter(
    ({ name, type }) =>
      /(^|_)(input_ids|token_ids|token_type_ids|attention_mask|input_mask|segment_ids)/.test(name) ||
      (type?.dtype === "int64" && type.shape.length === 2),
  );
  const pictures = inputs.some(({ type }) => type?.shape.length === 4);
  const what = inputs.some(({ name }) => /edge_(index|attr|weight)/.test(name)) ? "graphs" : "text";
  if (text.length > 0 && !pictures)
    throw new ModelError(
      `the model takes ${what} (${text.map((v) => v.name).join(", ")}), and images are to be learnt from; give a model of images, with an input [batch, 3, height, width]`,
    );
}

/** The input's shape with a free batch and the size asked for. */
function sized(name: string, shape: Shape, size: Size | undefined): Shape {
  const rest = shape.slice(1);
  if (!size) return ["batch", ...rest];
  if (shape.length !== 4)
    throw new ModelError(
      `the input '${name}' is [${shape.join(", ")}], not images [batch, 3, height, width]; give a model of images`,
    );
  const [channels, height, width] = rest as [Dim, Dim, Dim];
  if (height === 0 || width === 0)
    throw new ModelError(
      `the input '${name}' is [${shape.join(", ")}], pictures without pixels; export the model again with their size`,
    );
  const fixed = {
    height: typeof height === "number" ? height : size.height,
    width: typeof width === "number" ? width : size.width,
  };
  if (fixed.height !== size.height || fixed.width !== size.width)
    throw new ModelError(
      `the model takes images of ${fixed.width}×${fixed.height} (width×height) only; use option size ${asOption(fixed)} instead of ${asOption(size)}`,
    );
  return ["batch", channels, size.height, size.width];
}

/** As option size has it: `64`, or `192x144`, width and height. */
export function asOption({ height, width }: Size): string {
  return height === width ? `${height}` : `${width}x${height}`;
}

function step(opType: string, inputs: string[], output: string, attributes: Node["attributes"] = {}): Node {
  return { name: `pixels/${output}`, opType, domain: "", inputs, outputs: [output], attributes };
}

function cast(from: string, to: string, dtype: DataType): Node {
  return step("Cast", [from], to, { to: protoOf(dtype) });
}

/**
 * Cast → Mul → Sub → Div, from `pixels` to the old input's name, and to its type where that is not float32. Blue comes first
 * by a Gather before all that.
 */
function normalisation(
  name: string,
  shape: Shape,
  { mean: ofRgb, std: stdOfRgb, rescale, order }: PixelOptions,
  dtype: DataType,
): { nodes: Node[]; initializers: Map<string, Tensor> } {
  if (shape.length !== 4)
    throw new ModelError(
      `the input '${name}' is [${shape.join(", ")}], not images [batch, 3, height, width]; give a model of images`,
    );
  if (typeof shape[2] !== "number" || typeof shape[3] !== "number")
    throw new ModelError(
      `the model takes images of any size; choose one by option size, best the one it was pretrained at`,
    );
  const inOrder = (rgb: readonly number[]): number[] => (order === "bgr" ? rgb.toReversed() : [...rgb]);
  const [mean, std] = [inOrder(ofRgb), inOrder(stdOfRgb)];
  const channels = mean.length;
  if (std.length !== channels || (typeof shape[1] === "number" && shape[1] !== channels))
    throw typeof shape[1] === "number" && channels === 3 && std.length === 3
      ? new ModelError(
          `the input '${name}' is [${shape.join(", ")}], images of ${shape[1]} channel${shape[1] === 1 ? "" : "s"}, and photos have 3; give a model with an input [batch, 3, height, width]`,
        )
      : new ModelError(
          `mean and std have ${channels} and ${std.length} numbers, but the model takes ${shape[1]} channels; give a number for each`,
        );
  if (![...mean, ...std, rescale].every(Number.isFinite) || std.includes(0))
    throw new ModelError(
      `images cannot be normalised by mean ${mean.join()}, std ${std.join()} and rescale ${rescale}; give numbers, and no std of 0`,
    );
  const last = dtype === "float32" ? name : "pixels.normalised";
  return {
    nodes: [
      ...(order === "bgr" ? [step("Gather", [pixels, "pixels.order"], "pixels.bgr", { axis: 1 })] : []),
      cast(order === "bgr" ? "pixels.bgr" : pixels, "pixels.float", "float32"),
      step("Mul", ["pixels.float", "pixels.rescale"], "pixels.scaled"),
      step("Sub", ["pixels.scaled", "pixels.mean"], "pixels.centred"),
      step("Div", ["pixels.centred", "pixels.std"], last),
      ...(last === name ? [] : [cast(last, name, dtype)]),
    ],
    initializers: new Map<string, Tensor>([
      ...(order === "bgr" ? ([["pixels.order", int64([2, 1, 0])]] as const) : []),
      ["pixels.rescale", float32([rescale], [])],
      ["pixels.mean", float32(mean, [1, channels, 1, 1])],
      ["pixels.std", float32(std, [1, channels, 1, 1])],
    ]),
  };
}
