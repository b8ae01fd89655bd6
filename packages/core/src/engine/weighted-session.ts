import type { Model } from "@taskhead/autograd";
import type { Engine } from "./engine.js";
import type { Feeds, Session } from "./session.js";

/** A session of a graph that takes its weights as inputs (`withWeightsAsInputs`): it serves any value of them. */
export class WeightedSession {
  readonly #engine: Engine;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #session: Session;

  private constructor(engine: Engine, shapes: ReadonlyMap<string, readonly number[]>, session: Session) {
    this.#engine = engine;
    this.#shapes = shapes;
    this.#session = session;
  }

  /**
   * @param names the inputs that are weights; those that the graph does not use are passed over
   * @param threads as for the engine's sessions
   */
  static async open(
    engine: Engine,
    model: Model,
    names: readonly string[],
    threads?: number,
  ): Promise<WeightedSession> {
    const weights = model.graph.inputs.filter(({ name }) => names.includes(name));
    const shapes = new Map(weights.map(({ name, type }) => [name, type!.shape.map(Number)] as const));
    return new WeightedSession(engine, shapes, await engine.session(model, { threads }));
  }

  async run(weights: ReadonlyMap<string, Float32Array | Float64Array>, feeds: Feeds): Promise<Feeds> {
    const all = { ...feeds };
    for (const [name, shape] of this.#shapes) {
      const data = weights.get(name)!;
      all[name] =
        data instanceof Float64Array
          ? this.#engine.tensor("float64", data, shape)
          : this.#engine.tensor("float32", data, shape);
    }
    return this.#session.run(all);
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}
