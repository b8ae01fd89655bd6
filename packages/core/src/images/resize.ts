import { Float, writeModel, type Attribute, type Graph } from "@taskhead/autograd";
import type { Engine } from "../engine/engine.js";
import { Fragment, resizing } from "./fragment.js";
import { outputSize, type Interpolation, type Preprocessing } from "./preprocessing.js";

/** Resizes RGB bytes [height, width, 3] to bytes [3, outputSize.height, outputSize.width]. */
export type ResizeImage = (rgb: Uint8Array, width: number, height: number) => Promise<Uint8Array>;

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
 * The nodes that resize and crop bytes of any size, from the value `input` to the value `output`, in operator set 18 or
 * later. The output's shape is [batch, 3, outputSize.height, outputSize.width].
 * @param layout how the images are laid out
 */
export function resizeNodes(
  { size, resize, crop, interpolation }: Preprocessing,
  input: string,
  output: string,
  layout: "nchw" | "nhwc" = "nchw",
): Fragment {
  const f = new Fragment();
  const axes = layout === "nhwc" ? [1, 2] : [2, 3];
  const edges = f.ints("size", [size.height, size.width]);
  const sizes = resize === "stretch" ? edges : shortestEdge();
  const how = { ...filters[interpolation], coordinate_transformation_mode: "half_pixel", axes };
  const resized = f.node("Resize", [input, "", "", sizes], crop ? resizing("resized") : output, how);
  if (crop) centreCrop([crop.height, crop.width]);
  return f;

  /** edge · [height, width] / min(height, width), rounded down as transformers does. */
  function shortestEdge(): string {
    const own = f.node("Shape", [input], resizing("own-size"), { start: axes[0]!, end: axes[1]! + 1 });
    const shorter = f.node("ReduceMin", [own], resizing("shorter"), { keepdims: 1 });
    return f.node("Div", [f.node("Mul", [own, edges], resizing("scaled")), shorter], resizing("sizes"));
  }

  /** Half of what is too much goes at the start, rounded down. */
  function centreCrop(sides: number[]): void {
    const cut = f.ints("crop", sides);
    const excess = f.node("Sub", [sizes, cut], resizing("excess"));
    const start = f.node("Div", [excess, f.ints("two", [2])], resizing("start"));
    const end = f.node("Add", [start, cut], resizing("end"));
    f.node("Slice", [resized, start, end, f.ints("axes", axes)], output);
  }
}

/** Resizes on the engine, so that training sees the pixels that an exported model sees. */
export async function createResizer(engine: Engine, preprocessing: Preprocessing): Promise<ResizeImage> {
  // One thread: an image is too small to share, and decoding needs the other cores.
  const session = await engine.processor.session(resizeModel(preprocessing), { threads: 1 });
  return async (rgb, width, height) => {
    const { resized } = await session.run({ image: engine.tensor("uint8", rgb, [1, height, width, 3]) });
    return resized!.data as Uint8Array;
  };
}

/** `image` uint8 [1, height, width, 3] → `resized` uint8 [1, 3, outputSize.height, outputSize.width]. */
export function resizeModel(preprocessing: Preprocessing): Uint8Array {
  // Channels last up to the end: transposing the small image is three times as fast, from 6 megapixels to 224×224.
  const { nodes, initializers } = resizeNodes(preprocessing, "image", "small", "nhwc");
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
