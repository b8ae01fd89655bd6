import { UnsupportedError } from "../graph/errors.js";
import {
  addDims,
  rangeOf,
  ceilDivideDims,
  exactQuotient,
  floorDivideDims,
  largerDim,
  multiplyDims,
  productOfDims,
  sizeAt,
  smallerDim,
  subtractDims,
} from "../graph/dims.js";
import { intAttribute, intsAttribute, type Node } from "../graph/model.js";
import type { Dim } from "../graph/tensor.js";
import { broadcastShapes, normalizeAxis } from "./broadcast.js";
import { constantNumbers, input, same, shapeFrom, type InferRule, type InferRules } from "./context.js";
import { slicedAxes } from "./slice.js";

const reshape: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const target = shapeFrom(c, 1).map((d, i) => {
    if (d === 0 && !intAttribute(c.node, "allowzero", 0)) return copied(c.node, shape, i);
    // What may be −1 or 0 stands for another size, which input and target decide together.
    return typeof d === "number" || rangeOf(d).low > -Infinity
      ? d
      : sizeAt(`${c.node.inputs[1]}:${i} of ${shape.join()}`);
  });
  const open = target.indexOf(-1);
  if (open < 0) return [{ dtype, shape: target }];
  const total = productOfDims(shape);
  const rest = productOfDims(target.filter((_, i) => i !== open));
  const size = exactQuotient(total, rest) ?? floorDivideDims(total, rest);
  return [{ dtype, shape: target.map((d, i) => (i === open ? size : d)) }];
};

/** The input's size that a 0 in a Reshape's target stands for. */
function copied(node: Node, shape: readonly Dim[], i: number): Dim {
  if (i < shape.length) return shape[i]!;
  throw new UnsupportedError(
    node,
    `its target has a 0 in place ${i}, but its input has ${shape.length} axes; export it again`,
  );
}

const transpose: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  return [{ dtype, shape: permutationOf(c.node, shape.length).map((p) => shape[p]!) }];
};

/** A Transpose's permutation; reversing the axes is the default. */
export function permutationOf(node: Node, rank: number): readonly number[] {
  return intsAttribute(node, "perm") ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
}

const squeeze: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axes = constantNumbers(c, 1, "axes")?.map((a) => normalizeAxis(a, shape.length));
  return [{ dtype, shape: shape.filter((d, i) => (axes ? !axes.includes(i) : d !== 1)) }];
};

const unsqueeze: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axes = constantNumbers(c, 1, "axes") ?? [];
  const rank = shape.length + axes.length;
  const at = new Set(axes.map((a) => normalizeAxis(a, rank)));
  const rest = [...shape];
  return [{ dtype, shape: Array.from({ length: rank }, (_, i) => (at.has(i) ? 1 : rest.shift()!)) }];
};

const flatten: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axis = intAttribute(c.node, "axis", 1);
  const at = axis === shape.length ? axis : normalizeAxis(axis, shape.length);
  return [{ dtype, shape: [productOfDims(shape.slice(0, at)), productOfDims(shape.slice(at))] }];
};

const concat: InferRule = (c) => {
  const types = c.types.filter((t) => t !== undefined);
  const { dtype, shape } = input(c, 0);
  const axis = normalizeAxis(intAttribute(c.node, "axis", 0), shape.length);
  const length = types.map((t) => t.shape[axis]!).reduce(addDims);
  return [{ dtype, shape: shape.map((d, i) => (i === axis ? length : d)) }];
};

/** The lengths of a Split's parts: as given, else equal, the last ones what is left. */
export function splitLengths(node: Node, length: Dim, given: readonly Dim[] | undefined): Dim[] {
  if (given) return [...given];
  const parts = node.outputs.length;
  const even = exactQuotient(length, parts);
  if (even !== undefined) return node.outputs.map(() => even);
  const part = ceilDivideDims(length, parts);
  return node.outputs.map((_, i) => smallerDim(part, largerDim(0, subtractDims(length, multiplyDims(part, i)))));
}

const split: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axis = normalizeAxis(intAttribute(c.node, "axis", 0), shape.length);
  return splitLengths(c.node, shape[axis]!, c.types[1] && shapeFrom(c, 1)).map((length) => ({
    dtype,
    shape: shape.map((d, i) => (i === axis ? length : d)),
  }));
};

const slice: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axes = slicedAxes(c);
  return [{ dtype, shape: shape.map((d, i) => axes.find((a) => a.axis === i)?.length ?? d) }];
};

const pad: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const pads = shapeFrom(c, 1);
  const axes = (constantNumbers(c, 3, "axes") ?? shape.map((_, i) => i)).map((a) => normalizeAxis(a, shape.length));
  return [
    {
      dtype,
      shape: shape.map((d, i) => {
        const k = axes.indexOf(i);
        return k < 0 ? d : addDims(d, addDims(pads[k]!, pads[k + axes.length]!));
      }),
    },
  ];
};

const expand: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  return [{ dtype, shape: broadcastShapes(shape, shapeFrom(c, 1)) }];
};

const tile: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const repeats = shapeFrom(c, 1);
  return [{ dtype, shape: shape.map((d, i) => multiplyDims(d, repeats[i]!)) }];
};

const depthToSpace: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const block = intAttribute(c.node, "blocksize", 1);
  const [n, channels, height, width] = shape as [Dim, Dim, Dim, Dim];
  return [
    {
      dtype,
      shape: [n, floorDivideDims(channels, block * block), multiplyDims(height, block), multiplyDims(width, block)],
    },
  ];
};

const spaceToDepth: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const block = intAttribute(c.node, "blocksize", 1);
  const [n, channels, height, width] = shape as [Dim, Dim, Dim, Dim];
  return [
    {
      dtype,
      shape: [n, multiplyDims(channels, block * block), floorDivideDims(height, block), floorDivideDims(width, block)],
    },
  ];
};

export const movementShapes: InferRules = {
  Concat: concat,
  DepthToSpace: depthToSpace,
  Expand: expand,
  Flatten: flatten,
  Pad: pad,
  Reshape: reshape,
  ReverseSequence: same,
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
