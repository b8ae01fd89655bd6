import type { GraphBuilder, Value } from "../../builder.js";

/** Over all axes, []. */
export function sumOfAll(b: GraphBuilder, value: Value): Value {
  return b.op("ReduceSum", [value], { keepdims: 0 });
}

/** 1 in place of a total of 0, which a sum of nothing is to be divided by. */
export function orOne(b: GraphBuilder, total: Value): Value {
  return b.where(b.op("Equal", [total, 0]), 1, total);
}
