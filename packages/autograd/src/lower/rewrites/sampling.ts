import type { GraphBuilder, Value } from "../../builder.js";
import { bounded } from "../../graph/bounded.js";
import { UnsupportedError } from "../../graph/errors.js";
import { intAttribute, stringAttribute, type Node } from "../../graph/model.js";
import { float32 } from "../../graph/tensor.js";
import { windowCount, windowOf } from "../../infer/window.js";
import type { Rewrites } from "./rewrite.js";

export const sampling: Rewrites = {
  GridSample: ({ b, node, x }) => [gridSample(b, node, x[0]!, x[1]!)],
  Col2Im: ({ b, node, x }) => [overlay(b, node, x[0]!, x[1]!, x[2]!)],
  // Every pixel's place in [−1, 1]², or a voxel's in [−1, 1]³, through the affine map θ.
  AffineGrid: ({ b, node, x }) => {
    const [theta, size] = x as [Value, Value];
    const sizes = b.known(size)?.elements.slice(2);
    if (!sizes?.every((d) => typeof d === "number"))
      throw new UnsupportedError(node, "its size is computed at run time; export with a fixed image size");
    const aligned = intAttribute(node, "align_corners", 0) !== 0;
    const place = (i: number, length: number) =>
      aligned ? (length > 1 ? (2 * i) / (length - 1) - 1 : 0) : (2 * i + 1) / length - 1;
    bounded(sizes.reduce((count, length) => count * length, sizes.length + 1));
    const places = sizes.reduce<number[][]>(
      (rows, length) => rows.flatMap((row) => Array.from({ length }, (_, i) => [place(i, length), ...row])),
      [[1]],
    );
    const points = b.constant(float32(places.flat(), [places.length, sizes.length + 1]));
    const mapped = b.matMul(points, b.transpose(theta, [0, 2, 1]));
    return [b.op("Reshape", [mapped, b.ints([0, ...sizes, sizes.length])])];
  },
};

/**
 * Columns of patches [n, c·kernel, count] laid back over one another and added: a transposed convolution, channel by
 * channel, whose kernels each have a single one.
 */
function overlay(b: GraphBuilder, node: Node, columns: Value, image: Value, block: Value): Value {
  const [size, kernel] = [b.knownNumbers(image), b.knownNumbers(block)];
  const rows = b.shape(columns)[1];
  if (!size || !kernel || typeof rows !== "number")
    throw new UnsupportedError(node, "its sizes are computed at run time; export with a fixed image size");
  const { strides, dilations, pads } = windowOf(node, size, kernel);
  const counts = kernel.map((k, i) =>
    windowCount(size[i]!, k, strides[i]!, dilations[i]!, pads[i]! + pads[i + kernel.length]!),
  ) as number[];
  const taps = kernel.reduce((a, k) => a * k, 1);
  const single = Array.from({ length: rows * taps }, (_, i) => Number(Math.floor(i / taps) % taps === i % taps));
  const covered = kernel.map((k, i) => (counts[i]! - 1) * strides[i]! + dilations[i]! * (k - 1) + 1);
  return b.op(
    "ConvTranspose",
    [b.op("Reshape", [columns, b.ints([0, rows, ...counts])]), b.constant(float32(single, [rows, 1, ...kernel]))],
    {
      group: rows / taps,
      kernel_shape: kernel,
      strides,
      dilations,
      pads,
      output_padding: size.map((d, i) => d + pads[i]! + pads[i + kernel.length]! - covered[i]!),
    },
  );
}

/** Samples an image [n, c, h, w] at points in [−1, 1]² [n, H, W, 2], from the nearest four pixels or the nearest one. */
function gridSample(b: GraphBuilder, node: Node, image: Value, grid: Value): Value {
  const mode = stringAttribute(node, "mode", "linear");
  const padding = stringAttribute(node, "padding_mode", "zeros");
  const [, channels, ...sizes] = b.shape(image) as number[];
  if (
    mode === "cubic" ||
    mode === "bicubic" ||
    padding === "reflection" ||
    sizes.length !== 2 ||
    !sizes.every((s) => typeof s === "number")
  )
    throw new UnsupportedError(
      node,
      "only linear and nearest sampling of images of fixed size, padded by zeros or the border, is supported; export it so",
    );
  const aligned = intAttribute(node, "align_corners", 0) !== 0;
  const [height, width] = sizes as [number, number];
  const position = (part: number, size: number) => {
    const unit = b.add(b.op("Squeeze", [b.slice(grid, 3, part, part + 1), b.ints([3])]), 1);
    const at = aligned ? b.mul(unit, (size - 1) / 2) : b.sub(b.mul(unit, size / 2), 0.5);
    if (padding !== "border") return at;
    // On the border, too, no grid draws on what is beyond it.
    const last = b.where(b.op("GreaterOrEqual", [at, size - 1]), size - 1, at);
    return b.where(b.op("LessOrEqual", [at, 0]), 0, last);
  };
  const [px, py] = [position(0, width), position(1, height)];
  const points = b.op("Reshape", [image, b.ints([0, 0, height * width])]);
  const flat = (v: Value) => b.op("Unsqueeze", [b.op("Reshape", [v, b.ints([0, -1])]), b.ints([1])]);
  const pixel = (x: Value, y: Value, weight?: Value): Value => {
    const clamped = (v: Value, size: number) => b.op("Clip", [v, 0, size - 1]);
    const [cx, cy] = [clamped(x, width), clamped(y, height)];
    const index = flat(b.cast(b.add(b.mul(cy, width), cx), "int64"));
    const taken = b.op("GatherElements", [points, b.op("Expand", [index, b.ints([1, channels!, 1])])], { axis: 2 });
    const inside = b.mul(b.mask("Equal", x, cx), b.mask("Equal", y, cy));
    return b.mul(taken, flat(weight ? b.mul(weight, inside) : inside));
  };
  const corners = () => {
    const [x0, y0] = [b.op("Floor", [px]), b.op("Floor", [py])];
    const [x1, y1] = [b.add(x0, 1), b.add(y0, 1)];
    const [rightward, downward] = [b.sub(px, x0), b.sub(py, y0)];
    const [leftward, upward] = [b.sub(1, rightward), b.sub(1, downward)];
    return [
      pixel(x0, y0, b.mul(leftward, upward)),
      pixel(x1, y0, b.mul(rightward, upward)),
      pixel(x0, y1, b.mul(leftward, downward)),
      pixel(x1, y1, b.mul(rightward, downward)),
    ].reduce(b.add);
  };
  const sampled = mode === "nearest" ? pixel(b.op("Round", [px]), b.op("Round", [py])) : corners();
  const [rows, columns] = b.shape(grid).slice(1, 3) as [number, number];
  return b.op("Reshape", [sampled, b.ints([0, 0, rows, columns])]);
}
