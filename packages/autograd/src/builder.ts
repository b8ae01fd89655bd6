import { GrowingGraph } from "./builder/growing-graph.js";
import type { Operand, Value } from "./builder/typed-graph.js";
import { broadcastsTo } from "./graph/dims.js";
import { ModelError } from "./graph/errors.js";
import { Float } from "./graph/model.js";
import type { DataType, Dim, Shape } from "./graph/tensor.js";
import { protoOf } from "./io/data-types.js";

export type { Operand, Value };

/**
 * Appends nodes to a graph, and knows the type of every value as it goes: gradient rules ask for shapes, constant
 * arithmetic on shapes is computed instead of appended. Here are the short forms that rules read like formulas with.
 */
export class GraphBuilder extends GrowingGraph {
  add = (a: Operand, b: Operand): Value => this.op("Add", [a, b]);
  sub = (a: Operand, b: Operand): Value => this.op("Sub", [a, b]);
  mul = (a: Operand, b: Operand): Value => (a === 1 ? (b as Value) : b === 1 ? (a as Value) : this.op("Mul", [a, b]));
  div = (a: Operand, b: Operand): Value => this.op("Div", [a, b]);
  pow = (a: Operand, b: Operand): Value => this.op("Pow", [a, b]);
  neg = (a: Value): Value => this.op("Neg", [a]);
  sqrt = (a: Value): Value => this.op("Sqrt", [a]);
  exp = (a: Value): Value => this.op("Exp", [a]);
  where = (condition: Value, a: Operand, b: Operand): Value => this.op("Where", [condition, a, b]);
  cast = (a: Value, to: DataType): Value => (this.type(a).dtype === to ? a : this.op("Cast", [a], { to: protoOf(to) }));

  /** 1 where the comparison holds, else 0, in the type of `a`. */
  mask(comparison: "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Equal", a: Value, b: Operand): Value {
    return this.cast(this.op(comparison, [a, b]), this.type(a).dtype);
  }

  /** A product of matrices, either of them transposed. WebGPU has no kernel for that in one. */
  matMul(a: Value, b: Value, { transA = 0, transB = 0 } = {}): Value {
    if (!transA && !transB) return this.op("MatMul", [a, b]);
    if (this.engine === "webgpu")
      return this.op("MatMul", [transA ? this.swapped(a) : a, transB ? this.swapped(b) : b]);
    return this.op("FusedMatMul", [a, b], { transA, transB, alpha: new Float(1) }, { domain: "com.microsoft" });
  }

  /** Axis i of the result is axis perm[i] of `a`. */
  transpose(a: Value, perm: readonly number[]): Value {
    return perm.every((p, i) => p === i) ? a : this.op("Transpose", [a], { perm: [...perm] });
  }

  /** The last two axes exchanged. */
  private swapped(a: Value): Value {
    const axes = this.shape(a).map((_, i) => i);
    return this.transpose(a, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
  }

  /** Reshapes to dimensions of which at most one is symbolic; otherwise to the shape of `like`, at run time. */
  reshape(a: Value, shape: Shape, like?: Value): Value {
    if (shape.length === this.shape(a).length && shape.every((d, i) => d === this.shape(a)[i])) return a;
    if (shape.filter((d) => typeof d === "string").length <= 1)
      return this.op("Reshape", [a, this.ints(shape.map((d) => (typeof d === "string" ? -1 : d)))]);
    if (!like)
      throw new ModelError(`cannot reshape to [${shape.join(", ")}]: more than one size is open; fix the input's size`);
    return this.op("Reshape", [a, this.op("Shape", [like])]);
  }

  /** The sum over some axes; over none, `a` itself. */
  reduceSum(a: Value, axes: readonly number[], keepdims: 0 | 1 = 0): Value {
    return axes.length === 0 ? a : this.op("ReduceSum", [a, this.ints(axes)], { keepdims });
  }

  /** Elements start, start + step, … before end of one axis. */
  slice(a: Value, axis: number, start: number, end: number, step = 1): Value {
    return this.op("Slice", [a, this.ints([start]), this.ints([end]), this.ints([axis]), this.ints([step])]);
  }

  /** 0, 1, 2, … along an axis of a value, as int64. */
  positions(a: Value, axis: number): Value {
    const size = this.op("Squeeze", [this.op("Shape", [a], { start: axis, end: axis + 1 }), this.ints([0])]);
    return this.op("Range", [this.integer(0), size, this.integer(1)]);
  }

  /** Sums a gradient over the axes along which its value was broadcast, so that it has the value's shape. */
  sumTo(gradient: Value, value: Value): Value {
    const from = this.shape(gradient);
    const to = this.shape(value);
    const lead = from.length - to.length;
    if (to.some((d, i) => mayRepeat(d, from[i + lead]!))) return this.sumToAtRunTime(gradient, value);
    const repeated = from.flatMap((d, i) => (i >= lead && to[i - lead] === 1 && d !== 1 ? [i] : []));
    return this.reduceSum(this.reduceSum(gradient, repeated, 1), firstAxes(lead));
  }

  /** The same where a run alone will tell which axes those are: the ones whose sizes differ. */
  private sumToAtRunTime(gradient: Value, value: Value): Value {
    const to = this.shape(value);
    const summed = this.reduceSum(gradient, firstAxes(this.shape(gradient).length - to.length));
    const differ = this.op("Not", [this.op("Equal", [this.op("Shape", [summed]), this.op("Shape", [value])])]);
    const axes = this.op("Squeeze", [this.op("NonZero", [differ]), this.ints([0])]);
    return this.op("ReduceSum", [summed, axes], { keepdims: 1, noop_with_empty_axes: 1 }, { shape: to });
  }
}

function firstAxes(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Whether an axis of symbolic size may be 1 and repeated to another size. */
function mayRepeat(to: Dim, from: Dim): boolean {
  return typeof to === "string" && to !== from && !broadcastsTo(to, from) && !broadcastsTo(from, to);
}
