import { sizeOf } from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import type { Engine } from "./engine.js";
import type { Feeds, Session } from "./session.js";
import type { BufferSpec, State } from "./state.js";
import { copyWeights, type Weights } from "./weights.js";

/**
 * State in the host's memory. A step writes each tensor into the memory that it reads it from where the graph allows it
 * (`Session.overwritable`); of the others there are two, of which it reads one and writes the other, and then they swap. No
 * allocation per step.
 */
export class HostState implements State {
  readonly #current: Map<string, Tensor>;
  /** Of those that are not overwritten, since their first step. */
  readonly #spare = new Map<string, Tensor>();
  readonly #allocate: (shape: readonly number[]) => Tensor;

  constructor(engine: Pick<Engine, "tensor">, specs: readonly BufferSpec[]) {
    this.#allocate = (shape) => engine.tensor("float32", new Float32Array(sizeOf(shape)), shape);
    this.#current = new Map(specs.map(({ name, shape }) => [name, this.#allocate(shape)]));
    for (const { name, initial } of specs) if (initial) this.#set(name, initial);
  }

  async step(session: Session, feeds: Feeds, meanwhile?: () => void): Promise<Feeds> {
    const before = Object.fromEntries(this.#current);
    const places = new Map(
      [...this.#current].map(([name, tensor]) => [
        name,
        session.overwritable?.has(name) ? tensor : this.#spareFor(name, tensor),
      ]),
    );
    const fetches = Object.fromEntries([...places].map(([name, tensor]) => [`next.${name}`, tensor]));
    const outputs = await session.run({ ...feeds, ...before }, fetches, meanwhile);
    for (const [name, tensor] of places) {
      if (tensor === before[name]) continue;
      this.#spare.set(name, before[name]!);
      this.#current.set(name, tensor);
    }
    return outputs;
  }

  async read(names?: Iterable<string>): Promise<Map<string, Float32Array>> {
    return copyWeights(await this.lend(names));
  }

  async lend(names: Iterable<string> = this.#current.keys()): Promise<Map<string, Float32Array>> {
    return new Map(Array.from(names, (name) => [name, this.#data(name)]));
  }

  async write(weights: Weights): Promise<void> {
    for (const [name, value] of weights) this.#set(name, value);
  }

  release(): void {
    this.#current.clear();
    this.#spare.clear();
  }

  #spareFor(name: string, { dims }: Tensor): Tensor {
    return this.#spare.get(name) ?? this.#allocate(dims);
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
