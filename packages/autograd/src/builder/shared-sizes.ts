import type { Node } from "../graph/model.js";
import type { TensorType } from "../graph/tensor.js";
import type { KnownValue } from "../infer/context.js";

/** Sizes that nodes compute → the value that has them: networks ask for the same ones over and over. */
export class SharedSizes {
  private values = new Map<string, string>();

  /** The value that has the sizes which a node computes. Where none has, the node's own output is that from now on. */
  earlier({ outputs }: Node, { dtype, shape }: TensorType, value: KnownValue | undefined): string | undefined {
    const open = value?.elements.some((e) => typeof e !== "number");
    if (!open || outputs.length !== 1 || dtype.startsWith("float")) return undefined;
    const key = `${dtype} [${shape.join()}] ${value!.elements.join()}`;
    const same = this.values.get(key);
    if (same === undefined) this.values.set(key, outputs[0]!);
    return same;
  }

  /** Builds a body: what it computes is not there outside it. */
  within<T>(build: () => T): T {
    const { values } = this;
    this.values = new Map(values);
    const built = build();
    this.values = values;
    return built;
  }
}
