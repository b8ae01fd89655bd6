import { GraphBuilder, type Model } from "@taskhead/autograd";
import type { Engine } from "./engine.js";
import type { Feeds, Session } from "./session.js";

/**
 * Brings tensors of a device to the host, by a session that passes them on: `getData` of a tensor on the device ends the
 * process under onnxruntime-node 1.30.
 */
export class Fetcher {
  readonly #engine: Pick<Engine, "session" | "tensor">;
  #session: Promise<Session> | undefined;

  constructor(engine: Pick<Engine, "session" | "tensor">) {
    this.#engine = engine;
  }

  /** @param tensors float32, in every call of the same names and ranks @returns copies, once all that they wait for is done */
  async fetch(tensors: Feeds): Promise<Feeds> {
    const session = await (this.#session ??= this.#engine.session(passingOn(tensors)));
    const read = await session.run(tensors);
    return Object.fromEntries(
      Object.entries(tensors).map(([name, { dims }]) => [
        name,
        this.#engine.tensor("float32", read[`${name}.read`]!.data as Float32Array, dims),
      ]),
    );
  }

  async release(): Promise<void> {
    const session = await this.#session;
    this.#session = undefined;
    await session?.release();
  }
}

/** A graph with `<name>.read` for each name, the same values one after another. */
function passingOn(tensors: Feeds): Model {
  const b = new GraphBuilder("fetch");
  const read = Object.entries(tensors).map(([name, { dims }]) => {
    b.input(
      name,
      "float32",
      dims.map((_, axis) => `${name}.${axis}`),
    );
    // Plain Identity would be taken for the input itself, by the builder as by the runtime.
    return [`${name}.read`, b.op("Reshape", [name, b.ints([-1])])] as const;
  });
  b.setOutputs(Object.fromEntries(read));
  return b.model();
}
