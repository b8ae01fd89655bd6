import type { GraphBuilder, Value } from "../../builder.js";

/**
 * ONNX Runtime's channel-blocked layout: a value declared [N, C, H, W] is stored [N, C/block, H, W, block], a filter
 * declared [K, C, R, S] is stored [K/block, C/inner, R, S, inner, block]. `inner` is the block too, but 1 for a
 * convolution that reads fewer channels than a block: its input is in the plain layout.
 */
export const nchwc = "com.microsoft.nchwc";

/** The metadata key under which a model says for which block size it is made. */
export const channelBlock = "taskhead.channel_block";

export function blockOf(b: GraphBuilder): number {
  return Number(b.source.metadata.get(channelBlock));
}

/** Whether a convolution reads fewer channels than a block: then its input is in the plain layout. */
export function readsPlain(b: GraphBuilder, filter: Value): boolean {
  return (b.shape(filter)[1] as number) < blockOf(b);
}

export function toBlocked(b: GraphBuilder, v: Value): Value {
  return b.op("ReorderInput", [v], {}, { domain: nchwc });
}

/** @param name what the plain value is to be called */
export function toPlain(b: GraphBuilder, v: Value, name = b.fresh("plain")): Value {
  const attributes = { channels: b.shape(v)[1] as number };
  b.append({ name, opType: "ReorderOutput", domain: nchwc, inputs: [v], outputs: [name], attributes });
  return name;
}

/** A filter from the plain layout to the stored one. */
export function blockFilter(b: GraphBuilder, weight: Value, block: number): Value {
  const [outputs, inputs, rows, columns] = b.shape(weight) as [number, number, number, number];
  const inner = inputs < block ? 1 : block;
  const outputsLast = b.transpose(b.reshape(weight, [outputs, inputs * rows * columns]), [1, 0]);
  const split = [inputs / inner, inner, rows * columns, outputs / block, block];
  return b.reshape(b.transpose(apart(b, outputsLast, split), [3, 0, 2, 1, 4]), [outputs, inputs, rows, columns]);
}

/**
 * A reshape between two transposes, of a matrix and of rows of a block, both of which the runtime moves fast: the Flatten
 * keeps it from merging them to one that moves number by number.
 */
export function apart(b: GraphBuilder, v: Value, shape: readonly number[]): Value {
  return b.reshape(b.op("Flatten", [v], { axis: 0 }), shape);
}

/** A stored filter in the plain layout. */
export function plainFilter(b: GraphBuilder, filter: Value): Value {
  return b.reshape(b.transpose(storedFilter(b, filter), [0, 5, 1, 4, 2, 3]), b.shape(filter));
}

/** The stored filter under its true shape [K/block, C/inner, R, S, inner, block]. */
function storedFilter(b: GraphBuilder, filter: Value): Value {
  const [outputs, inputs, rows, columns] = b.shape(filter) as [number, number, number, number];
  const block = blockOf(b);
  const inner = readsPlain(b, filter) ? 1 : block;
  return b.reshape(filter, [outputs / block, inputs / inner, rows, columns, inner, block]);
}
