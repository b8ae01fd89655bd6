import type { Tensor } from "./tensor.js";

/** Where a tensor comes from that is no weight of the file: a Constant node, or arithmetic on constants. */
export type Origin = "constant" | "computed";

const origins = new WeakMap<Tensor, Origin>();

/** Notes where a tensor comes from; it goes with the tensor from graph to graph. */
export function withOrigin(tensor: Tensor, origin: Origin): Tensor {
  origins.set(tensor, origin);
  return tensor;
}

/** Undefined for one that the file holds as an initializer. */
export function originOf(tensor: Tensor): Origin | undefined {
  return origins.get(tensor);
}
