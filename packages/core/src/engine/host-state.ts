import { sizeOf } from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import type { Engine } from "./engine.js";
import type { Feeds, Session } from "./session.js";
import type { BufferSpec, State } from "./state.js";
import type { Weights } from "./weights.js";

/**
 * State in the host's memory, in two sets of preallocated tensors. A step reads one set, writes the other, and then the two
 * swap: no allocation per step, and an output never shares memory with an input.
 */
export class HostState implements State {
  #current: Map<string, Tensor>;
  #next: Map<string, Tensor>;

  constructor(engine: Pick<Engine, "tensor">, specs: readonly BufferSpec[]) {
    const allocate = (): Map<string, Tensor> =>
      new Map(specs.map(({ name, shape }) => [name, engine.tensor("float32", new Float32Array(sizeOf(shape)), shape)]));
    this.#current = allocate();
    this.#next = allocate();
    for (const { name, initial } of specs) if (initial) this.#set(name, initial);
  }

  async step(session: Session, feeds: Feeds, meanwhile?: () => void): Promise<Feeds> {
    const fetches = Object.fromEntries([...this.#next].map(([name, tensor]) => [`next.${name}`, tensor]));
    const outputs = await session.run({ ...feeds, ...Object.fromEntries(this.#current) }, fetches, meanwhile);
    [this.#current, this.#next] = [this.#next, this.#current];
    return outputs;
  }

  async read(names: Iterable<string> = this.#current.keys()): Promise<Map<string, Float32Array>> {
    return new Map(Array.from(names, (name) => [name, this.#data(name).slice()]));
  }

  async write(weights: Weights): Promise<void> {
    for (const [name, value] of weights) this.#set(name, value);
  }

  release(): void {
    this.#current.clear();
    this.#next.clear();
  }

  #set(name: string, value: Float32Array): void {
    const data = this.#data(name);
    if (data.length !== value.length)
      throw new Error(`'${name}' has ${data.length} elements, but the saved tensor has ${value.length}`);
    data.set(value);
  }

  #data(name: string): Float32Array {
    const tensor = this.#current.get(name);
    if (!tensor) throw new Error(`no parameter or optimizer state is called '${name}'`);
    return tensor.data as Float32Array;
  }
}
