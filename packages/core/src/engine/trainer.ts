import { writeModel, type TrainingStep } from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import type { Engine, Session } from "./engine.js";
import { DivergedError } from "./errors.js";
import { ParameterBuffers } from "./parameter-buffers.js";
import type { Weights } from "./weights.js";

export interface StepResult {
  /** Mean over the batch, before the update. */
  loss: number;
  /** [batch, k], before the update. */
  logits: Float32Array;
}

/** Everything a trainer needs to go on as if it had never stopped. */
export interface TrainerState {
  /** Steps taken. */
  step: number;
  /** Parameters and optimizer state. */
  tensors: Map<string, Float32Array>;
}

/** Runs a training-step graph: owns its session, its parameters, its optimizer state and its step count. */
export class Trainer {
  #steps = 0;
  readonly #engine: Engine;
  // Names alone: the graph has the weights that training began with, which would stay in memory.
  readonly #parameters: readonly string[];
  readonly #state: readonly string[];
  readonly #scalarsOf: TrainingStep["scalars"];
  readonly #session: Session;
  readonly #buffers: ParameterBuffers;

  private constructor(engine: Engine, { parameters, state, scalars }: TrainingStep, session: Session) {
    this.#engine = engine;
    this.#parameters = parameters.map((p) => p.name);
    this.#state = state.map((s) => s.name);
    this.#scalarsOf = scalars;
    this.#session = session;
    this.#buffers = new ParameterBuffers(engine, [...parameters, ...state]);
  }

  static async create(engine: Engine, graph: TrainingStep): Promise<Trainer> {
    return new Trainer(engine, graph, await engine.session(writeModel(graph.model)));
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * One update on one batch.
   * @param feeds the model's data inputs by name
   * @param target class indices, [batch]
   * @throws {DivergedError} if the loss is not finite; the update has been applied then.
   */
  async step(feeds: Record<string, Tensor>, target: ArrayLike<number>, learningRate: number): Promise<StepResult> {
    const all = { ...feeds, target: this.#target(target), ...this.#buffers.feeds(), ...this.#scalars(learningRate) };
    const outputs = await this.#session.run(all, this.#buffers.fetches());
    this.#buffers.swap();
    this.#steps++;
    const loss = Number(outputs["loss"]!.data[0]);
    if (!Number.isFinite(loss)) throw new DivergedError(loss, this.#steps);
    return { loss, logits: outputs["logits"]!.data as Float32Array };
  }

  /** Copies of the current parameters, without optimizer state. */
  parameters(): Map<string, Float32Array> {
    return this.#buffers.snapshot(this.#parameters);
  }

  /** Replaces parameters by name; optimizer state and step count stay. */
  setParameters(weights: Weights): void {
    this.#buffers.restore(weights);
  }

  save(): TrainerState {
    return { step: this.#steps, tensors: this.#buffers.snapshot() };
  }

  /** @throws {Error} if the state belongs to another model or optimizer. */
  load(state: TrainerState): void {
    for (const name of [...this.#parameters, ...this.#state])
      if (!state.tensors.has(name))
        throw new Error(`the saved state lacks '${name}': it is from another model or optimizer`);
    this.#buffers.restore(state.tensors);
    this.#steps = state.step;
  }

  async release(): Promise<void> {
    this.#buffers.dispose();
    await this.#session.release();
  }

  #target(labels: ArrayLike<number>): Tensor {
    return this.#engine.tensor("int64", BigInt64Array.from(labels, BigInt), [labels.length]);
  }

  #scalars(learningRate: number): Record<string, Tensor> {
    const scalars = Object.entries(this.#scalarsOf(this.#steps + 1, learningRate));
    return Object.fromEntries(
      scalars.map(([name, value]) => [name, this.#engine.tensor("float32", Float32Array.of(value), [])]),
    );
  }
}
