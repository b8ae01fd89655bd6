import type { TrainingStep } from "@taskhead/autograd";
import type { Engine } from "./engine.js";
import type { Feeds, Session } from "./session.js";
import { DivergedError } from "./errors.js";
import type { State } from "./state.js";
import type { Weights } from "./weights.js";

export interface StepResult {
  /** Mean over the batch, before the update. */
  loss: number;
  /** [batch, k], before the update. */
  logits: Float32Array;
  /** Of all gradients together, before clipping; undefined where none are clipped. */
  gradientNorm?: number;
}

/** Everything a trainer needs to go on as if it had never stopped. */
export interface TrainerState {
  /** Steps taken. */
  step: number;
  /** Parameters and optimizer state. */
  tensors: Map<string, Float32Array>;
}

/** Runs a training-step graph: owns its session, its state (parameters and the optimizer's) and its step count. */
export class Trainer {
  #steps = 0;
  readonly #engine: Engine;
  // Names alone: the graph has the weights that training began with, which would stay in memory.
  readonly #parameters: readonly string[];
  readonly #optimizerState: readonly string[];
  readonly #scalarsOf: TrainingStep["scalars"];
  readonly #session: Session;
  readonly #state: State;

  private constructor(engine: Engine, { parameters, state, scalars }: TrainingStep, session: Session) {
    this.#engine = engine;
    this.#parameters = parameters.map((p) => p.name);
    this.#optimizerState = state.map((s) => s.name);
    this.#scalarsOf = scalars;
    this.#session = session;
    this.#state = engine.state([...parameters, ...state]);
  }

  static async create(engine: Engine, graph: TrainingStep): Promise<Trainer> {
    return new Trainer(
      engine,
      graph,
      await engine.session(graph.model, {
        staying: [...graph.parameters, ...graph.state].map(({ name }) => `next.${name}`),
      }),
    );
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * One update on one batch.
   * @param feeds the graph's data inputs by name, `target` among them
   * @throws {DivergedError} if the loss is not finite; the update has been applied then.
   */
  async step(feeds: Feeds, learningRate: number): Promise<StepResult> {
    const outputs = await this.#state.step(this.#session, { ...feeds, ...this.#scalars(learningRate) });
    this.#steps++;
    const loss = Number(outputs["loss"]!.data[0]);
    if (!Number.isFinite(loss)) throw new DivergedError(loss, this.#steps);
    const norm = outputs["gradientNorm"];
    return {
      loss,
      logits: outputs["logits"]!.data as Float32Array,
      ...(norm ? { gradientNorm: Number(norm.data[0]) } : {}),
    };
  }

  /** Copies of the current parameters, without optimizer state. */
  parameters(): Promise<Map<string, Float32Array>> {
    return this.#state.read(this.#parameters);
  }

  /** Replaces parameters by name; optimizer state and step count stay. */
  setParameters(weights: Weights): Promise<void> {
    return this.#state.write(weights);
  }

  async save(): Promise<TrainerState> {
    return { step: this.#steps, tensors: await this.#state.read() };
  }

  /** @throws {Error} if the state belongs to another model or optimizer. */
  async load({ step, tensors }: TrainerState): Promise<void> {
    for (const name of [...this.#parameters, ...this.#optimizerState])
      if (!tensors.has(name)) throw new Error(`the saved state lacks '${name}': it is from another model or optimizer`);
    await this.#state.write(tensors);
    this.#steps = step;
  }

  async release(): Promise<void> {
    this.#state.release();
    await this.#session.release();
  }

  #scalars(learningRate: number): Feeds {
    const scalars = Object.entries(this.#scalarsOf(this.#steps + 1, learningRate));
    return Object.fromEntries(
      scalars.map(([name, value]) => [name, this.#engine.tensor("float32", Float32Array.of(value), [])]),
    );
  }
}
