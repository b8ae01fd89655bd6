import { UnsupportedError } from "./errors.js";
import { Float, Floats, type Node } from "./model.js";
import { float32, int64, type Tensor } from "./tensor.js";

/** The tensor that a Constant node holds, in whichever of its attributes. */
export function constantOf(node: Node): Tensor {
  const { value, value_float: float, value_int: int, value_ints: ints, value_floats: floats } = node.attributes;
  if (typeof value === "object" && "dtype" in value) return value;
  if (float instanceof Float) return float32([float.value], []);
  if (floats instanceof Floats) return float32(floats.values);
  if (typeof int === "number") return int64([int], []);
  if (Array.isArray(ints) && ints.every((i) => typeof i === "number")) return int64(ints as number[]);
  throw new UnsupportedError(node, "only numbers can be constants here; export the model without this one");
}
