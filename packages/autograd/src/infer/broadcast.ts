import { broadcastDims } from "../graph/dims.js";
import { ModelError } from "../graph/errors.js";
import type { Dim, Shape } from "../graph/tensor.js";

/** The shape of an elementwise operator's output, by NumPy's broadcasting rule. */
export function broadcastShapes(...shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, axis) =>
    shapes.map((s) => s[axis - rank + s.length] ?? 1).reduce((a, b) => broadcastDim(a, b)),
  );
}

function broadcastDim(a: Dim, b: Dim): Dim {
  const size = broadcastDims(a, b);
  if (size === undefined) throw new ModelError(`sizes ${a} and ${b} do not broadcast; export the model again`);
  return size;
}

/** An axis counted from the front. */
export function normalizeAxis(axis: number, rank: number): number {
  if (axis < -rank || axis >= rank)
    throw new ModelError(`axis ${axis} is outside a tensor of rank ${rank}; export the model again`);
  return axis < 0 ? axis + rank : axis;
}
