import { sizeOf } from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import type { Engine } from "./engine.js";
import { Fetcher } from "./fetcher.js";
import type { Feeds, Session } from "./session.js";
import type { BufferSpec, State } from "./state.js";
import { copyWeights, type Weights } from "./weights.js";

/**
 * State in a device's memory, or wherever a runtime puts its outputs. What a step wrote stays there (`SessionOptions.staying`) and is fed to the next, and what it
 * read is let go: two sets at a time, which the runtime's own pool hands back and forth. Values that were written here go over
 * with the next step.
 */
export class DeviceState implements State {
  readonly #engine: Pick<Engine, "session" | "tensor">;
  readonly #specs: ReadonlyMap<string, BufferSpec>;
  readonly #current: Map<string, Tensor>;
  readonly #fetcher: Fetcher;

  constructor(engine: Pick<Engine, "session" | "tensor">, specs: readonly BufferSpec[]) {
    this.#engine = engine;
    this.#fetcher = new Fetcher(engine);
    this.#specs = new Map(specs.map(({ name, shape }) => [name, { name, shape }]));
    this.#current = new Map(
      specs.map(({ name, shape, initial }) => [
        name,
        engine.tensor("float32", initial?.slice() ?? new Float32Array(sizeOf(shape)), shape),
      ]),
    );
  }

  async step(session: Session, feeds: Feeds, meanwhile?: () => void): Promise<Feeds> {
    const outputs = await session.run({ ...feeds, ...Object.fromEntries(this.#current) }, undefined, meanwhile);
    for (const name of this.#specs.keys()) {
      const next = outputs[`next.${name}`]!;
      delete outputs[`next.${name}`];
      this.#replace(name, next);
    }
    return outputs;
  }

  async read(names?: Iterable<string>): Promise<Map<string, Float32Array>> {
    return copyWeights(await this.lend(names));
  }

  async lend(names: Iterable<string> = this.#specs.keys()): Promise<Map<string, Float32Array>> {
    const asked = Array.from(names, (name) => [name, this.#tensor(name)] as const);
    const onHost = asked.every(([, tensor]) => tensor.location !== "gpu-buffer");
    // All of them, so that it is the same session every time.
    const found = Object.fromEntries(
      onHost ? asked : Object.entries(await this.#fetcher.fetch(Object.fromEntries(this.#current))),
    );
    return new Map(asked.map(([name]) => [name, found[name]!.data as Float32Array]));
  }

  async write(weights: Weights): Promise<void> {
    for (const [name, value] of weights) {
      this.#tensor(name);
      const { shape } = this.#specs.get(name)!;
      if (sizeOf(shape) !== value.length)
        throw new Error(`'${name}' has ${sizeOf(shape)} elements, but the saved tensor has ${value.length}`);
      this.#replace(name, this.#engine.tensor("float32", value.slice(), shape));
    }
  }

  release(): void {
    for (const tensor of this.#current.values()) tensor.dispose();
    this.#current.clear();
    void this.#fetcher.release();
  }

  #replace(name: string, tensor: Tensor): void {
    this.#current.get(name)!.dispose();
    this.#current.set(name, tensor);
  }

  #tensor(name: string): Tensor {
    const tensor = this.#current.get(name);
    if (!tensor) throw new Error(`no parameter or optimizer state is called '${name}'`);
    return tensor;
  }
}
