import { trainingLoop, type TrainingStep } from "@taskhead/autograd";
import { inMemory, rows, rowsInPiece } from "../data/cached-values.js";
import { threadsFor, type Engine } from "../engine/engine.js";
import type { Feeds, Session } from "../engine/session.js";
import { DivergedError } from "../engine/errors.js";
import { dropoutMasks } from "../heads/index.js";
import { pickUnits, unitCount, targetTensor, type Targets } from "../data/targets.js";
import type { State } from "../engine/state.js";
import { sampleShape, type ProbeNetwork } from "./probe-network.js";
import type { CachedSet } from "./probe-evaluation.js";
import { Trainer } from "../engine/trainer.js";

/** Trains a probed network on batches of cached values, given by their places. */
export interface ProbeTrainer {
  /** Steps taken so far. */
  readonly steps: number;
  /**
   * One update per batch; all batches are of one size.
   * @throws {DivergedError} if a loss is not finite, or weights are not
   */
  train(batches: readonly (readonly number[])[], learningRate: number): Promise<void>;
  parameters(): Promise<Map<string, Float32Array>>;
  release(): Promise<void>;
}

/** A head that reads cached features and nothing else trains many steps a call; what also reads masks, or is large, one. */
export async function openProbeTrainer(
  engine: Engine,
  graph: TrainingStep,
  network: ProbeNetwork,
  train: CachedSet,
  { batch, seed }: { batch: number; seed: number },
): Promise<ProbeTrainer> {
  if (!network.readsFeatures || network.head.masks.length > 0) return stepByStep(engine, graph, network, train, seed);
  const weights = graph.parameters.reduce((sum, { initial }) => sum + initial.length, 0);
  const threads = network.head.places ? undefined : threadsFor(batch * weights);
  return LoopTrainer.create(engine, graph, loopData(engine, network, train), threads);
}

/** What a run of several steps reads, and where in it the samples of each step are. */
interface LoopRun {
  readonly feeds: Feeds;
  readonly batches: readonly (readonly number[])[];
}

/** Samples for steps that run in a loop. */
interface LoopData {
  /** The inputs that hold them. */
  readonly names: readonly string[];
  /** Some batches, as runs one after another. */
  runs(batches: readonly (readonly number[])[]): Iterable<LoopRun>;
}

/** All samples in every run, where they are in memory; else those of as many batches as go into a piece. */
function loopData(engine: Engine, { inputName, inputSize, blocks }: ProbeNetwork, train: CachedSet): LoopData {
  const { features, targets } = train;
  const feedsOf = (values: Float32Array, own: Targets): Feeds => ({
    [inputName]: engine.tensor("float32", values, [unitCount(own), ...sampleShape(blocks)]),
    target: targetTensor(engine, own),
  });
  const names = [inputName, "target"];
  if (inMemory(features)) {
    const feeds = feedsOf(features, targets);
    return { names, runs: (batches) => [{ feeds, batches }] };
  }
  return {
    names,
    *runs(batches) {
      const size = batches[0]!.length;
      const most = Math.max(1, Math.floor(rowsInPiece(inputSize) / size));
      for (let from = 0; from < batches.length; from += most) {
        const some = batches.slice(from, from + most);
        const indices = some.flat();
        const feeds = feedsOf(rows(features, inputSize, indices), pickUnits(targets, indices));
        yield { feeds, batches: some.map((_, i) => Array.from({ length: size }, (_, k) => i * size + k)) };
      }
    },
  };
}

async function stepByStep(
  engine: Engine,
  graph: TrainingStep,
  { blocks, head, inputName, inputSize }: ProbeNetwork,
  train: CachedSet,
  seed: number,
): Promise<ProbeTrainer> {
  const trainer = await Trainer.create(engine, graph);
  return {
    get steps() {
      return trainer.steps;
    },
    async train(batches, learningRate) {
      for (const indices of batches) {
        const values = rows(train.features, inputSize, indices);
        const feeds = {
          [inputName]: engine.tensor("float32", values, [indices.length, ...sampleShape(blocks)]),
          ...dropoutMasks(engine, head, indices.length, seed, trainer.steps),
          target: targetTensor(engine, pickUnits(train.targets, indices)),
        };
        await trainer.step(feeds, learningRate);
      }
    },
    parameters: () => trainer.parameters(),
    release: () => trainer.release(),
  };
}

/** Trains by `trainingLoop`: all batches of a call in one run of the runtime, on data that stays where it is. */
class LoopTrainer implements ProbeTrainer {
  #steps = 0;
  readonly #engine: Engine;
  readonly #graph: TrainingStep;
  /** Their names. */
  readonly #parameters: readonly string[];
  readonly #session: Session;
  readonly #data: LoopData;
  readonly #state: State;

  private constructor(engine: Engine, graph: TrainingStep, session: Session, data: LoopData) {
    this.#engine = engine;
    this.#graph = graph;
    this.#parameters = graph.parameters.map(({ name }) => name);
    this.#session = session;
    this.#data = data;
    this.#state = engine.state([...graph.parameters, ...graph.state]);
  }

  static async create(
    engine: Engine,
    graph: TrainingStep,
    data: LoopData,
    threads: number | undefined,
  ): Promise<LoopTrainer> {
    const session = await engine.session(trainingLoop(graph, data.names), { threads });
    return new LoopTrainer(engine, graph, session, data);
  }

  get steps(): number {
    return this.#steps;
  }

  async train(batches: readonly (readonly number[])[], learningRate: number): Promise<void> {
    for (const run of this.#data.runs(batches)) await this.#run(run, learningRate);
  }

  async #run({ feeds: data, batches }: LoopRun, learningRate: number): Promise<void> {
    const size = batches[0]!.length;
    const places = new Int32Array(batches.length * size);
    batches.forEach((batch, i) => places.set(batch, i * size));
    const feeds = {
      ...data,
      ...this.#scalars(batches.length, learningRate),
      rows: this.#engine.tensor("int32", places, [batches.length, size]),
    };
    await this.#state.step(this.#session, feeds);
    this.#steps += batches.length;
    // A loss that is not finite leaves weights that are not.
    for (const weights of (await this.#state.lend(this.#parameters)).values())
      for (const weight of weights) if (!Number.isFinite(weight)) throw new DivergedError(NaN, this.#steps);
  }

  parameters(): Promise<Map<string, Float32Array>> {
    return this.#state.read(this.#parameters);
  }

  async release(): Promise<void> {
    this.#state.release();
    await this.#session.release();
  }

  /** The optimizer's numbers for each of the coming steps. */
  #scalars(count: number, learningRate: number): Feeds {
    const each = Array.from({ length: count }, (_, i) => this.#graph.scalars(this.#steps + 1 + i, learningRate));
    return Object.fromEntries(
      Object.keys(each[0]!).map((name) => {
        const values = Float32Array.from(each, (scalars) => scalars[name]!);
        return [name, this.#engine.tensor("float32", values, [count])];
      }),
    );
  }
}
