import type { Graph, Node } from "@taskhead/autograd";
import type { Feeds } from "../engine/session.js";
import { meanNorm } from "../measures/adaptation.js";
import { threadsFor, type Engine } from "../engine/engine.js";
import type { Objective, Outputs } from "../objectives/objective.js";
import { joined, pieces } from "../data/cached-values.js";
import { consecutive, targetTensor, type Targets } from "../data/targets.js";
import { parameter } from "../heads/head.js";
import { pullOfGradient, pullOfLinear, withInputGradient } from "./pull.js";
import { epochOrder } from "../data/random.js";
import { batchNorms } from "../backbone/reinitialise.js";
import { estimateStatistics } from "../backbone/estimate-statistics.js";
import { withBatchStatistics } from "../backbone/batch-statistics.js";
import { sampleShape, type ProbeNetwork } from "./probe-network.js";
import { WeightedSession } from "../engine/weighted-session.js";
import { withWeightsAsInputs, type Weights } from "../engine/weights.js";

export interface EvaluationOptions {
  engine: Engine;
  objective: Objective;
  /** Features of the training set, [N, …]. */
  train: Float32Array;
  batch: number;
  seed: number;
}

/** A probed network in evaluation mode, for any weights. */
export class ProbeEvaluation {
  readonly #options: EvaluationOptions;
  readonly #network: ProbeNetwork;
  readonly #evaluation: WeightedSession;
  /** The same with the gradient by the input; absent for a linear head, of which pull has a closed form. */
  readonly #pulling: WeightedSession | undefined;
  /** Training mode, to estimate statistics; absent where there are none. */
  readonly #training: WeightedSession | undefined;
  readonly #measured = new WeakMap<Float32Array, number>();

  private constructor(
    options: EvaluationOptions,
    network: ProbeNetwork,
    evaluation: WeightedSession,
    pulling: WeightedSession | undefined,
    training: WeightedSession | undefined,
  ) {
    this.#options = options;
    this.#network = network;
    this.#evaluation = evaluation;
    this.#pulling = pulling;
    this.#training = training;
  }

  static async open(options: EvaluationOptions, network: ProbeNetwork): Promise<ProbeEvaluation> {
    const { engine } = options;
    const { blocks } = network;
    const any = network.initial(1);
    const names = [...any.keys()];
    const { graph, ...rest } = network.model(any);
    // What is known already need not be copied out.
    const outputs = graph.outputs.filter(({ name }) => name === "logits" || !network.readsFeatures);
    const plain = { ...rest, graph: withActivation({ ...graph, outputs }, options.objective) };
    // Before gradients are appended: what depends on weights alone would be folded into constants there.
    const model = withWeightsAsInputs(plain, names);
    const samples = options.train.length / network.inputSize;
    const weights = [...any.values()].reduce((sum, data) => sum + data.length, 0);
    const threads = network.readsFeatures ? threadsFor(samples * weights) : undefined;
    const evaluation = await WeightedSession.open(engine, model, names, threads);
    const pulling = network.convex
      ? undefined
      : await WeightedSession.open(
          engine,
          withInputGradient(model, network.inputName, engine, options.objective),
          names,
          threads,
        );
    const training = network.statistics.length
      ? await WeightedSession.open(
          engine,
          withWeightsAsInputs(withBatchStatistics(blocks.model), blocks.parameters),
          blocks.parameters,
        )
      : undefined;
    return new ProbeEvaluation(options, network, evaluation, pulling, training);
  }

  /** The trained parameters with the BatchNorm statistics that belong to them. */
  async withStatistics(parameters: Weights): Promise<Map<string, Float32Array>> {
    const weights = new Map(parameters);
    if (!this.#training) return weights;
    const { engine, train: values, batch, seed } = this.#options;
    const { blocks, inputName, inputSize } = this.#network;
    const statistics = await estimateStatistics(this.#training, batchNorms(blocks.model.graph), weights, {
      engine,
      values,
      name: inputName,
      shape: sampleShape(blocks),
      order: epochOrder(values.length / inputSize, seed, "statistics", 0),
      batch,
    });
    return new Map([...weights, ...statistics]);
  }

  /** Logits [N, k], the objective's activation of them, and what the logits' head reads, [N, width], from features. */
  async run(weights: Weights, values: Float32Array): Promise<Outputs & { headInput: Float32Array }> {
    const outputs: Feeds[] = [];
    for (const { feeds } of this.#batches(values)) outputs.push(await this.#evaluation.run(weights, feeds));
    return this.#whole(outputs, values);
  }

  /** The same of the training set, and pull. */
  async trained(
    weights: Weights,
    values: Float32Array,
    targets: Targets,
  ): Promise<Outputs & { headInput: Float32Array; pull: number }> {
    const { engine, objective } = this.#options;
    const { head, inputName } = this.#network;
    if (!this.#pulling) {
      const outputs = await this.run(weights, values);
      return { ...outputs, pull: pullOfLinear(outputs, targets, parameter(weights, head.parameters[1]!), objective) };
    }
    const all = objective.weight(targets);
    const outputs: Feeds[] = [];
    let pull = 0;
    for (const { first, count, data, feeds } of this.#batches(values)) {
      const own = consecutive(targets, first, count);
      const { [`gradient.${inputName}`]: gradient, ...rest } = await this.#pulling.run(weights, {
        ...feeds,
        target: targetTensor(engine, own),
      });
      outputs.push(rest);
      pull += pullOfGradient(data, gradient!.data as Float32Array) * (objective.weight(own) / all);
    }
    return { ...this.#whole(outputs, values), pull };
  }

  /** Cached values in pieces, as the network reads them. */
  *#batches(values: Float32Array): Generator<{ first: number; count: number; data: Float32Array; feeds: Feeds }> {
    const { blocks, inputName, inputSize } = this.#network;
    for (const piece of pieces(values, inputSize)) {
      const tensor = this.#options.engine.tensor("float32", piece.data, [piece.count, ...sampleShape(blocks)]);
      yield { ...piece, feeds: { [inputName]: tensor } };
    }
  }

  /** Outputs of all pieces, joined. */
  #whole(outputs: readonly Feeds[], values: Float32Array): Outputs & { headInput: Float32Array } {
    const whole = (name: string): Float32Array => joined(outputs.map((o) => o[name]!.data as Float32Array));
    return {
      logits: whole("logits"),
      ...(this.#options.objective.activation ? { activated: whole("activated") } : {}),
      headInput: this.#network.readsFeatures ? values : whole("features"),
    };
  }

  /** mean ‖x‖ of values [N, width]; those of one array are measured once. */
  meanNorm(values: Float32Array, width: number): number {
    const known = this.#measured.get(values) ?? meanNorm(values, width);
    this.#measured.set(values, known);
    return known;
  }

  async release(): Promise<void> {
    await this.#evaluation.release();
    await this.#pulling?.release();
    await this.#training?.release();
  }
}

function withActivation(graph: Graph, { activation }: Objective): Graph {
  if (!activation) return graph;
  const [inputs, outputs] = [["logits"], ["activated"]];
  const attributes: Node["attributes"] = activation === "Softmax" ? { axis: 1 } : {};
  const node: Node = { name: "activated", opType: activation, domain: "", inputs, outputs, attributes };
  return { ...graph, nodes: [...graph.nodes, node], outputs: [...graph.outputs, { name: "activated" }] };
}
