import { ModelError } from "../graph/errors.js";
import type { Dim, Shape } from "../graph/tensor.js";

/** The shape of an elementwise operator's output, by NumPy's broadcasting rule. */
export function broadcastShapes(...shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, axis) =>
    shapes.map((s) => s[axis - rank + s.length] ?? 1).reduce((a, b) => broadcastDim(a, b)),
  );
}

/** Where a size is symbolic, a known one other than 1 tells what it must be at run time. */
function broadcastDim(a: Dim, b: Dim): Dim {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === "string") return b === 1 ? a : typeof b === "number" ? b : a;
  if (typeof b === "string") return a;
  throw new ModelError(`sizes ${a} and ${b} do not broadcast`);
}

/** An axis counted from the front. */
export function normalizeAxis(axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) throw new ModelError(`axis ${axis} is outside a tensor of rank ${rank}`);
  return axis < 0 ? axis + rank : axis;
}
