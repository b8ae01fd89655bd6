import { addDims, floorDivideDims, subtractDims } from "../graph/dims.js";
import type { Dim } from "../graph/tensor.js";
import { normalizeAxis } from "./broadcast.js";
import { input, knownNumbers, type InferContext } from "./context.js";

/** One sliced axis in plain terms: first index, step and number of elements. */
export interface SlicedAxis {
  readonly axis: number;
  readonly start: Dim;
  readonly step: number;
  readonly length: Dim;
}

/** What a Slice takes of each axis it names; undefined where that is only known at run time. */
export function slicedAxes(c: InferContext): SlicedAxis[] | undefined {
  const { shape } = input(c, 0);
  const starts = c.known(1)?.elements;
  const ends = c.known(2)?.elements;
  if (!starts || !ends) return undefined;
  const axes = knownNumbers(c, 3) ?? starts.map((_, i) => i);
  const steps = knownNumbers(c, 4) ?? starts.map(() => 1);
  const result: SlicedAxis[] = [];
  for (const [k, given] of axes.entries()) {
    const axis = normalizeAxis(given, shape.length);
    const slice = slicedAxis(axis, shape[axis]!, starts[k]!, ends[k]!, steps[k]!);
    if (!slice) return undefined;
    result.push(slice);
  }
  return result;
}

function slicedAxis(axis: number, size: Dim, start: Dim, end: Dim, step: number): SlicedAxis | undefined {
  if (typeof size === "number" && typeof start === "number" && typeof end === "number") {
    const clamp = (i: number, low: number, high: number) => Math.min(Math.max(i < 0 ? i + size : i, low), high);
    const first = step > 0 ? clamp(start, 0, size) : clamp(start, 0, size - 1);
    const last = step > 0 ? clamp(end, 0, size) : end < -size ? -1 : clamp(end, -1, size - 1);
    return { axis, start: first, step, length: Math.max(0, Math.ceil((last - first) / step)) };
  }
  // A symbolic axis: whole, counted from either end, or up to a dimension that the graph itself computed.
  const huge = 2 ** 31 - 1;
  if (step < 0) {
    if (typeof start !== "number" || typeof end !== "number" || !(end < -huge) || !(start === -1 || start >= huge))
      return undefined;
    return step === -1 ? { axis, start: subtractDims(size, 1), step, length: size } : undefined;
  }
  const from = typeof start === "number" && start < 0 ? addDims(size, start) : start;
  const to = typeof end === "number" ? (end >= huge ? size : end < 0 ? addDims(size, end) : end) : end;
  if (
    typeof size === "string" &&
    typeof to === "number" &&
    typeof start === "number" &&
    start < 0 !== (end as number) < 0
  )
    return undefined;
  const span = subtractDims(to, from);
  return { axis, start: from, step, length: step === 1 ? span : floorDivideDims(addDims(span, step - 1), step) };
}
