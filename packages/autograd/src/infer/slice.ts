import {
  addDims,
  rangeOf,
  ceilDivideDims,
  isStatic,
  largerDim,
  sizeAt,
  smallerDim,
  subtractDims,
} from "../graph/dims.js";
import type { Dim } from "../graph/tensor.js";
import { normalizeAxis } from "./broadcast.js";
import { constantNumbers, input, knownNumbers, shapeFrom, type InferContext } from "./context.js";

/** One sliced axis in plain terms: first index, step and number of elements. */
export interface SlicedAxis {
  readonly axis: number;
  /** Counted from the front; undefined where a run alone will tell it, or the step. */
  readonly start: Dim | undefined;
  readonly step: number | undefined;
  readonly length: Dim;
}

/**
 * What a Slice takes of each axis it names. Bounds are clamped to the axis, as the operator does.
 * @throws {UnsupportedError} if it is not known which axes it names.
 */
export function slicedAxes(c: InferContext): SlicedAxis[] {
  const { shape } = input(c, 0);
  const [starts, ends] = [shapeFrom(c, 1), shapeFrom(c, 2)];
  const axes = constantNumbers(c, 3, "axes") ?? starts.map((_, i) => i);
  const steps = c.types[4] ? knownNumbers(c, 4) : starts.map(() => 1);
  return axes.map((given, k) => {
    const axis = normalizeAxis(given, shape.length);
    const size = shape[axis]!;
    const [start, end, step] = [starts[k]!, ends[k]!, steps?.[k]];
    const bounded = step !== undefined && taken(size, start, end, step);
    if (bounded) return { axis, step, ...bounded };
    return { axis, step: undefined, start: undefined, length: sizeAt(`${c.node.outputs[0]}:${axis}`) };
  });
}

/** First index and number of elements; undefined where they are not known. */
function taken(size: Dim, start: Dim, end: Dim, step: number): { start: Dim; length: Dim } | undefined {
  if (isStatic([size, start, end])) return takenOf(size as number, start as number, end as number, step);
  if (step < 0) {
    // Backwards through all of it.
    const whole = (start === -1 || isHuge(start)) && typeof end === "number" && isHuge(-end);
    return whole ? { start: subtractDims(size, 1), length: ceilDivideDims(size, -step) } : undefined;
  }
  const [from, to] = [position(start, size), position(end, size)];
  if (from === undefined || to === undefined) return undefined;
  return { start: from, length: ceilDivideDims(largerDim(0, subtractDims(to, from)), step) };
}

function takenOf(size: number, start: number, end: number, step: number): { start: number; length: number } {
  const clamp = (i: number, low: number, high: number) => Math.min(Math.max(i < 0 ? i + size : i, low), high);
  const first = step > 0 ? clamp(start, 0, size) : clamp(start, 0, size - 1);
  const last = step > 0 ? clamp(end, 0, size) : end < -size ? -1 : clamp(end, -1, size - 1);
  return { start: first, length: Math.max(0, Math.ceil((last - first) / step)) };
}

/** A bound as a place on the axis; undefined where it is not known from which end it counts. */
function position(bound: Dim, size: Dim): Dim | undefined {
  if (isHuge(bound)) return size;
  const { low, high } = rangeOf(bound);
  if (low >= 0) return smallerDim(bound, size);
  if (high >= 0) return undefined;
  return typeof bound === "number" && isHuge(-bound) ? 0 : largerDim(0, addDims(size, bound));
}

/** Exporters write 1e9, 2³¹ − 1 or 2⁶³ − 1 for "to the end"; no axis is as long. */
function isHuge(bound: Dim): boolean {
  return typeof bound === "number" && bound >= 1e7;
}
