import type { TrainingStep } from "@taskhead/autograd";
import type { Engine } from "./engine.js";
import type { Feeds, Session } from "./session.js";
import { DivergedError } from "./errors.js";
import type { RowTable } from "./row-table.js";
import type { State } from "./state.js";

export interface StepResult {
  /** Mean over the batch, before the update. */
  loss: number;
  /** [batch, k], before the update. */
  logits: Float32Array;
  /** Of all gradients together, before clipping; undefined where none are clipped, and where the step was not made. */
  gradientNorm?: number;
  /** Whether the step was made: not where gradients overflowed in float16. Parameters are then as they were. */
  made: boolean;
}

/** Everything a trainer needs to go on as if it had never stopped. */
export interface TrainerState {
  /** Steps taken. */
  step: number;
  /** Parameters, whole, and optimizer state; of a `RowTable` of those rows alone, with `left.<name>` as it stands. */
  tensors: Map<string, Float32Array>;
}

/** The loss's scale starts at 2^16: halved so often, it is below float16's smallest number. */
const mostNotMade = 40;

/** Runs a training-step graph: owns its session, its state (parameters and the optimizer's) and its step count. */
export class Trainer {
  #steps = 0;
  /** Steps in a row that overflowed. */
  #notMade = 0;
  readonly #engine: Engine;
  // Names alone: the graph has the weights that training began with, which would stay in memory.
  readonly #parameters: readonly string[];
  readonly #optimizerState: readonly string[];
  readonly #scalarsOf: TrainingStep["scalars"];
  readonly #session: Session;
  readonly #state: State;
  readonly #tables: ReadonlyMap<string, RowTable>;

  private constructor(
    engine: Engine,
    { parameters, state, scalars }: TrainingStep,
    session: Session,
    tables: ReadonlyMap<string, RowTable>,
  ) {
    this.#tables = tables;
    this.#engine = engine;
    this.#parameters = parameters.map((p) => p.name);
    this.#optimizerState = state.map((s) => s.name);
    this.#scalarsOf = scalars;
    this.#session = session;
    this.#state = engine.state([...parameters, ...state]);
  }

  /** @param tables the parameters of which the graph has some rows, by name */
  static async create(
    engine: Engine,
    graph: TrainingStep,
    tables: ReadonlyMap<string, RowTable> = new Map(),
  ): Promise<Trainer> {
    return new Trainer(
      engine,
      graph,
      await engine.session(graph.model, {
        staying: [...graph.parameters, ...graph.state].map(({ name }) => `next.${name}`),
        overlapping: true,
      }),
      tables,
    );
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * One update on one batch.
   * @param feeds the graph's data inputs by name, `target` among them
   * @param meanwhile as for a session's `run`
   * @throws {DivergedError} if the loss is not finite; the update has been applied then. In float16 also if gradients overflow
   * however small the loss is made.
   */
  async step(feeds: Feeds, learningRate: number, meanwhile?: () => void): Promise<StepResult> {
    const fed = { ...feeds, ...this.#scalars(learningRate) };
    const outputs = await this.#state.step(this.#session, fed, meanwhile);
    this.#steps++;
    const loss = Number(outputs["loss"]!.data[0]);
    if (!Number.isFinite(loss)) throw new DivergedError(loss, this.#steps);
    const made = outputs["finite"]?.data[0] !== 0;
    this.#notMade = made ? 0 : this.#notMade + 1;
    // Halved as often, no scale is to blame.
    if (this.#notMade > mostNotMade) throw new DivergedError(loss, this.#steps, undefined, "gradients");
    const norm = made ? outputs["gradientNorm"] : undefined;
    return {
      loss,
      made,
      logits: outputs["logits"]!.data as Float32Array,
      ...(norm ? { gradientNorm: Number(norm.data[0]) } : {}),
    };
  }

  /** Copies of the current parameters, whole, without optimizer state. */
  async parameters(): Promise<Map<string, Float32Array>> {
    return this.#whole(await this.#state.read(this.#parameters));
  }

  /** As `parameters`, but not copies of what lies in the host's memory: the next step changes them. */
  async lendParameters(): Promise<Map<string, Float32Array>> {
    return this.#whole(await this.#state.lend(this.#parameters));
  }

  async save(): Promise<TrainerState> {
    return this.#saved(await this.#state.read());
  }

  /** As `save`, but not copies of what lies in the host's memory: the next step changes them. */
  async lend(): Promise<TrainerState> {
    return this.#saved(await this.#state.lend());
  }

  #whole(parameters: Map<string, Float32Array>): Map<string, Float32Array> {
    for (const [name, table] of this.#tables) parameters.set(name, table.whole(parameters.get(name)!));
    return parameters;
  }

  #saved(tensors: Map<string, Float32Array>): TrainerState {
    for (const [name, table] of this.#tables) {
      const own = tensors.get(name)!;
      tensors.set(name, table.whole(own)).set(leftOf(name), Float32Array.of(table.left(own)));
    }
    return { step: this.#steps, tensors };
  }

  /** @throws {Error} if the state belongs to another model or optimizer. */
  async load({ step, tensors }: TrainerState): Promise<void> {
    for (const name of [...this.#parameters, ...this.#optimizerState, ...[...this.#tables.keys()].map(leftOf)])
      if (!tensors.has(name)) throw new Error(`the saved state lacks '${name}': it is from another model or optimizer`);
    const own = new Map(tensors);
    for (const [name, table] of this.#tables) {
      own.set(name, table.own(tensors.get(name)!, tensors.get(leftOf(name))![0]!));
      own.delete(leftOf(name));
    }
    await this.#state.write(own);
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

const leftOf = (table: string): string => `left.${table}`;
