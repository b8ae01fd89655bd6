import { int64, type Graph, type Node } from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import type { Feeds } from "../engine/session.js";
import { meanNorm, meanSquareNorm, sumOfNorms } from "../measures/adaptation.js";
import { threadsFor, type Engine } from "../engine/engine.js";
import type { Objective, Outputs, Meter } from "../objectives/objective.js";
import { meterOf } from "../objectives/meter.js";
import { joined, pieces, type CachedValues } from "../data/cached-values.js";
import { range } from "../data/range.js";
import { vectorsOf, type FeatureLayout } from "../data/positions.js";
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

/** A set of samples, as probing needs it. */
export interface CachedSet {
  /** z_0, [N, …] row-major: what the head reads, reinitialised blocks counted as part of it. */
  features: CachedValues;
  targets: Targets;
}

export interface EvaluationOptions {
  engine: Engine;
  objective: Objective;
  /** Features of the training set, [N, …]. */
  train: CachedValues;
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
  readonly #measured = new WeakMap<CachedValues, number>();

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

  /** Logits [N, k] of vectors, and the objective's activation of them. */
  async run(weights: Weights, values: CachedValues): Promise<Outputs> {
    const outputs: Feeds[] = [];
    for (const { feeds } of this.#batches(values)) outputs.push(await this.#evaluation.run(weights, feeds));
    const whole = (name: string): Float32Array => joined(outputs.map((o) => o[name]!.data as Float32Array));
    return {
      logits: whole("logits"),
      ...(outputs[0]?.["activated"] ? { activated: whole("activated") } : {}),
    };
  }

  /** What a head makes of a set, piece by piece: logits, and the objective's activation of them. */
  async measured(weights: Weights, { features, targets }: CachedSet): Promise<Meter> {
    const meter = meterOf(this.#options.objective, targets);
    for (const { first, count, feeds } of this.#batches(features)) {
      const { logits, activated } = await this.#evaluation.run(weights, feeds);
      meter.add(range(first, count), outputsOf(logits!, activated));
    }
    return meter;
  }

  /** The same of the training set, with pull, and mean ‖x‖, x what the logits' head reads. */
  async trained(
    weights: Weights,
    { features, targets }: CachedSet,
    width: number,
  ): Promise<{ meter: Meter; headInputNorm: number; pull: number }> {
    const { engine, objective } = this.#options;
    const { head, inputName, readsFeatures } = this.#network;
    const layout = head.map ?? width;
    const meter = meterOf(objective, targets);
    const all = objective.weight(targets);
    const bias = parameter(weights, head.parameters[1]!);
    let [pull, norms, vectors] = [0, 0, 0];
    for (const { first, count, data, feeds } of this.#batches(features)) {
      const own = consecutive(targets, first, count);
      const fed = this.#pulling ? { ...feeds, target: targetTensor(engine, own) } : feeds;
      const {
        logits,
        activated,
        features: read,
        [`gradient.${inputName}`]: gradient,
      } = await (this.#pulling ?? this.#evaluation).run(weights, fed);
      const outputs = outputsOf(logits!, activated);
      meter.add(range(first, count), outputs);
      const share = objective.weight(own) / all;
      // Where nothing counts, nothing pulls.
      if (share > 0 && (gradient || !meter.pull))
        pull +=
          share *
          (gradient
            ? pullOfGradient(data, gradient.data as Float32Array)
            : pullOfLinear(outputs, own, bias, objective));
      if (readsFeatures) continue;
      const x = read!.data as Float32Array;
      norms += sumOfNorms(x, layout);
      vectors += x.length / vectorsOf(layout).length;
    }
    if (!this.#pulling && meter.pull) pull = meter.pull(bias);
    return { meter, pull, headInputNorm: readsFeatures ? this.meanNorm(features, layout) : norms / vectors };
  }

  /** mean ‖x‖², x what the head reads behind reinitialised blocks. */
  async headInputScale(weights: Weights, values: CachedValues, layout: FeatureLayout): Promise<number> {
    let [squares, count] = [0, 0];
    for (const { count: samples, feeds } of this.#batches(values)) {
      const { features } = await this.#evaluation.run(weights, feeds);
      squares += samples * meanSquareNorm(features!.data as Float32Array, layout);
      count += samples;
    }
    return squares / count;
  }

  /** Cached values in pieces, as the network reads them. */
  *#batches(values: CachedValues): Generator<{ first: number; count: number; data: Float32Array; feeds: Feeds }> {
    const { blocks, inputName, inputSize, largest } = this.#network;
    for (const piece of pieces(values, inputSize, largest)) {
      const tensor = this.#options.engine.tensor("float32", piece.data, [piece.count, ...sampleShape(blocks)]);
      yield { ...piece, feeds: { [inputName]: tensor } };
    }
  }

  /** mean ‖z_0‖ */
  featureNorm(values: CachedValues): number {
    return this.meanNorm(values, this.#network.layout);
  }

  /** mean ‖x‖ of vectors; those of one array are measured once. */
  meanNorm(values: CachedValues, layout: FeatureLayout): number {
    const known = this.#measured.get(values) ?? meanNorm(values, layout);
    this.#measured.set(values, known);
    return known;
  }

  async release(): Promise<void> {
    await this.#evaluation.release();
    await this.#pulling?.release();
    await this.#training?.release();
  }
}

function outputsOf(logits: Tensor, activated: Tensor | undefined): Outputs {
  const own = { logits: logits.data as Float32Array };
  return activated ? { ...own, activated: activated.data as Float32Array } : own;
}

function withActivation(graph: Graph, { activation, meter }: Objective): Graph {
  if (!activation) return graph;
  const made = (opType: string, inputs: string[], output: string, attributes: Node["attributes"] = {}): Node => ({
    name: output,
    opType,
    domain: "",
    inputs,
    outputs: [output],
    attributes,
  });
  const outputs = [...graph.outputs, { name: "activated" }];
  if (!meter) {
    const node = made(activation, ["logits"], "activated", activation === "Softmax" ? { axis: 1 } : {});
    return { ...graph, nodes: [...graph.nodes, node], outputs };
  }
  // Along an axis that is not the last the runtime's Softmax turns its input around, and back: three times as long.
  const softmax = [
    made("ReduceMax", ["logits", "activated.axis"], "activated.highest", { keepdims: 1 }),
    made("Sub", ["logits", "activated.highest"], "activated.shifted"),
    made("Exp", ["activated.shifted"], "activated.powers"),
    made("ReduceSum", ["activated.powers", "activated.axis"], "activated.sum", { keepdims: 1 }),
    made("Div", ["activated.powers", "activated.sum"], "activated"),
  ];
  const initializers = new Map([...graph.initializers, ["activated.axis", int64([1])] as const]);
  return { ...graph, nodes: [...graph.nodes, ...softmax], outputs, initializers };
}
