import { UnsupportedError } from "../graph/errors.js";
import { addDims, exactQuotient, floorDivideDims, multiplyDims, productOfDims } from "../graph/dims.js";
import { intAttribute, intsAttribute, type Node } from "../graph/model.js";
import type { Dim } from "../graph/tensor.js";
import { broadcastShapes, normalizeAxis } from "./broadcast.js";
import { input, knownNumbers, same, shapeFrom, type InferRule, type InferRules } from "./context.js";
import { slicedAxes } from "./slice.js";

const reshape: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const target = shapeFrom(c, 1).map((d, i) => (d === 0 && !intAttribute(c.node, "allowzero", 0) ? shape[i]! : d));
  const open = target.indexOf(-1);
  if (open < 0) return [{ dtype, shape: target }];
  const total = productOfDims(shape);
  const rest = productOfDims(target.filter((_, i) => i !== open));
  const size = exactQuotient(total, rest) ?? floorDivideDims(total, rest);
  return [{ dtype, shape: target.map((d, i) => (i === open ? size : d)) }];
};

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
  const axes = knownNumbers(c, 1)?.map((a) => normalizeAxis(a, shape.length));
  return [{ dtype, shape: shape.filter((d, i) => (axes ? !axes.includes(i) : d !== 1)) }];
};

const unsqueeze: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axes = knownNumbers(c, 1) ?? [];
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

/** The lengths of a Split's parts. */
export function splitLengths(node: Node, length: Dim, given: readonly number[] | undefined): Dim[] {
  if (given) return [...given];
  const parts = node.outputs.length;
  if (typeof length !== "number") return node.outputs.map(() => floorDivideDims(length, parts));
  const part = Math.ceil(length / parts);
  return node.outputs.map((_, i) => Math.min(part, length - i * part));
}

const split: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axis = normalizeAxis(intAttribute(c.node, "axis", 0), shape.length);
  return splitLengths(c.node, shape[axis]!, knownNumbers(c, 1)).map((length) => ({
    dtype,
    shape: shape.map((d, i) => (i === axis ? length : d)),
  }));
};

const slice: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axes = slicedAxes(c);
  if (!axes)
    throw new UnsupportedError(c.node, "its bounds are computed at run time; export the model with a fixed input size");
  return [{ dtype, shape: shape.map((d, i) => axes.find((a) => a.axis === i)?.length ?? d) }];
};

const pad: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const pads = shapeFrom(c, 1);
  const axes = (knownNumbers(c, 3) ?? shape.map((_, i) => i)).map((a) => normalizeAxis(a, shape.length));
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
