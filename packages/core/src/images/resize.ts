import {
  Float,
  int64,
  protoOf,
  writeModel,
  type Attribute,
  type Graph,
  type Node,
  type Tensor,
} from "@taskhead/autograd";
import type { Engine } from "../engine/engine.js";
import { outputSize, type Interpolation, type Preprocessing } from "./preprocessing.js";

/** Resizes RGB bytes [height, width, 3] to bytes [3, outputSize.height, outputSize.width]. */
export type ResizeImage = (rgb: Uint8Array, width: number, height: number) => Promise<Uint8Array>;

export interface GraphFragment {
  nodes: Node[];
  initializers: Map<string, Tensor>;
}

export interface ResizeNodesOptions {
  /** How the images are laid out. Default `nchw`. */
  layout?: "nchw" | "nhwc";
  /** Type of the images that come in; float32 must hold whole numbers 0..255. Default `uint8`. */
  from?: "uint8" | "float32";
}

/**
 * Pillow's filters as ONNX Runtime has them. On uint8 they are Pillow's own integer arithmetic, with its rounding between
 * the horizontal and the vertical pass; on float32 one pixel in five would differ. `exclude_outside` makes the weights at
 * the border, and in downscaling, Pillow's.
 */
const filters: Record<Interpolation, Record<string, Attribute>> = {
  nearest: { mode: "nearest", nearest_mode: "round_prefer_ceil" },
  bilinear: { mode: "linear", antialias: 1, exclude_outside: 1 },
  bicubic: { mode: "cubic", antialias: 1, exclude_outside: 1, cubic_coeff_a: new Float(-0.5) },
};

/**
 * The nodes that resize and crop images of any size, from the value `input` to the value `output`, always bytes, in
 * operator set 18 or later. Names start with `resize/`.
 *
 * They stand by themselves, not in a builder: the size that the shortest edge leads to is known only when they run, and
 * the builder wants every shape beforehand. The output's is: [batch, 3, outputSize.height, outputSize.width].
 */
export function resizeNodes(
  preprocessing: Preprocessing,
  input: string,
  output: string,
  options: ResizeNodesOptions = {},
): GraphFragment {
  const { size, resize, crop, interpolation } = preprocessing;
  const axes = options.layout === "nhwc" ? [1, 2] : [2, 3];
  const nodes: Node[] = [];
  const initializers = new Map<string, Tensor>();

  const name = (stem: string): string => `resize/${stem}`;
  const ints = (stem: string, values: number[]): string => {
    initializers.set(name(stem), int64(values));
    return name(stem);
  };
  const node = (
    opType: string,
    inputs: string[],
    result: string,
    attributes: Record<string, Attribute> = {},
  ): string => {
    nodes.push({ name: `${name(opType)}:${result}`, opType, domain: "", inputs, outputs: [result], attributes });
    return result;
  };

  const pixels = options.from === "float32" ? node("Cast", [input], name("bytes"), { to: protoOf("uint8") }) : input;
  const edges = ints("size", [size.height, size.width]);
  const sizes = resize === "stretch" ? edges : shortestEdge();
  const resizing = { ...filters[interpolation], coordinate_transformation_mode: "half_pixel", axes };
  const resized = node("Resize", [pixels, "", "", sizes], crop ? name("resized") : output, resizing);
  if (crop) centreCrop([crop.height, crop.width]);
  return { nodes, initializers };

  /** edge · [height, width] / min(height, width), rounded down as transformers does. */
  function shortestEdge(): string {
    const own = node("Shape", [pixels], name("own-size"), { start: axes[0]!, end: axes[1]! + 1 });
    const shorter = node("ReduceMin", [own], name("shorter"), { keepdims: 1 });
    return node("Div", [node("Mul", [own, edges], name("scaled")), shorter], name("sizes"));
  }

  /** Half of what is too much goes at the start, rounded down. */
  function centreCrop(sides: number[]): void {
    const cut = ints("crop", sides);
    const excess = node("Sub", [sizes, cut], name("excess"));
    const start = node("Div", [excess, ints("two", [2])], name("start"));
    const end = node("Add", [start, cut], name("end"));
    node("Slice", [resized, start, end, ints("axes", axes)], output);
  }
}

/** Resizes on the engine, so that training sees the pixels that an exported model sees. */
export async function createResizer(engine: Engine, preprocessing: Preprocessing): Promise<ResizeImage> {
  // One thread: an image is too small to share, and decoding needs the other cores.
  const session = await engine.session(resizeModel(preprocessing), 1);
  return async (rgb, width, height) => {
    const { resized } = await session.run({ image: engine.tensor("uint8", rgb, [1, height, width, 3]) });
    return resized!.data as Uint8Array;
  };
}

/** `image` uint8 [1, height, width, 3] → `resized` uint8 [1, 3, outputSize.height, outputSize.width]. */
export function resizeModel(preprocessing: Preprocessing): Uint8Array {
  // Channels last up to the end: transposing the small image is three times as fast, from 6 megapixels to 224×224.
  const { nodes, initializers } = resizeNodes(preprocessing, "image", "small", { layout: "nhwc" });
  const { height, width } = outputSize(preprocessing);
  const graph: Graph = {
    name: "resize",
    inputs: [{ name: "image", type: { dtype: "uint8", shape: [1, "height", "width", 3] } }],
    outputs: [{ name: "resized", type: { dtype: "uint8", shape: [1, 3, height, width] } }],
    nodes: [
      ...nodes,
      {
        name: "channels-first",
        opType: "Transpose",
        domain: "",
        inputs: ["small"],
        outputs: ["resized"],
        attributes: { perm: [0, 3, 1, 2] },
      },
    ],
    initializers,
  };
  return writeModel({ irVersion: 10, opsets: new Map([["", 21]]), graph, producer: "taskhead", metadata: new Map() });
}
