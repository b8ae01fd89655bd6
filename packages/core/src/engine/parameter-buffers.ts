import type { Tensor } from "onnxruntime-common";
import type { Engine } from "./engine.js";
import type { Weights } from "./weights.js";

/** A tensor that a training step reads and replaces; zeros unless `initial` is given. */
export interface BufferSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial?: Float32Array;
}

/**
 * Parameters and optimizer state in two sets of preallocated tensors. A step reads one set, writes the other, and then
 * the two swap: no allocation per step, and an output never shares memory with an input.
 */
export class ParameterBuffers {
  #current: Map<string, Tensor>;
  #next: Map<string, Tensor>;

  constructor(engine: Engine, specs: readonly BufferSpec[]) {
    const allocate = (): Map<string, Tensor> =>
      new Map(
        specs.map(({ name, shape }) => [name, engine.tensor("float32", new Float32Array(product(shape)), shape)]),
      );
    this.#current = allocate();
    this.#next = allocate();
    this.restore(new Map(specs.flatMap(({ name, initial }) => (initial ? [[name, initial] as const] : []))));
  }

  /** What the step reads: every tensor under its own name. */
  feeds(): Record<string, Tensor> {
    return Object.fromEntries(this.#current);
  }

  /** Where the step writes: every tensor under `next.<name>`. */
  fetches(): Record<string, Tensor> {
    return Object.fromEntries([...this.#next].map(([name, tensor]) => [`next.${name}`, tensor]));
  }

  /** Makes what the step wrote the current set. */
  swap(): void {
    [this.#current, this.#next] = [this.#next, this.#current];
  }

  /** Copies of the current values, of all tensors or of those named. */
  snapshot(names: Iterable<string> = this.#current.keys()): Map<string, Float32Array> {
    return new Map(Array.from(names, (name) => [name, this.#data(name).slice()]));
  }

  /**
   * Copies values into the current set; tensors not named keep theirs.
   * @throws {Error} on a name that is not here, or another size.
   */
  restore(values: Weights): void {
    for (const [name, value] of values) {
      const data = this.#data(name);
      if (data.length !== value.length)
        throw new Error(`'${name}' has ${data.length} elements, but the saved tensor has ${value.length}`);
      data.set(value);
    }
  }

  dispose(): void {
    this.#current.clear();
    this.#next.clear();
  }

  #data(name: string): Float32Array {
    const tensor = this.#current.get(name);
    if (!tensor) throw new Error(`no parameter or optimizer state is called '${name}'`);
    return tensor.data as Float32Array;
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, d) => size * d, 1);
}
