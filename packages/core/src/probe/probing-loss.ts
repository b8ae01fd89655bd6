import {
  differentiate,
  protoOf,
  sizeOf,
  tensorOf,
  type Loss,
  type Model,
  type TensorType,
  type ValueInfo,
} from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import { inMemory, pieces, type CachedValues } from "../data/cached-values.js";
import { consecutive, targetTensor, type Targets } from "../data/targets.js";
import type { Engine } from "../engine/engine.js";
import type { Feeds } from "../engine/session.js";
import { WeightedSession } from "../engine/weighted-session.js";
import { withoutOutputs, withWeightsAsInputs, type Weights } from "../engine/weights.js";
import type { SmoothFunction } from "./lbfgs.js";
import { sampleShape, type ProbeNetwork } from "./probe-network.js";

export interface ProbingLossOptions {
  engine: Engine;
  /** What is minimised. */
  loss: Loss;
  /** `Objective.weight` of that loss. */
  weight: (targets: Targets) => number;
  /** Cached values [N, …]. */
  features: CachedValues;
  targets: Targets;
}

/** The mean loss over the whole training set as a smooth function of all parameters, one after another in one vector. */
export interface ProbingLoss {
  /** Value and gradient, summed over pieces of the training set in float64. */
  readonly at: SmoothFunction;
  pack(weights: Weights): Float64Array;
  unpack(x: Float64Array): Map<string, Float32Array>;
  /** Whether it is computed in float64: where the problem is convex, and the runtime has it. */
  readonly double: boolean;
  release(): Promise<void>;
}

/** Dropout is off and BatchNorm statistics are held where `start` has them. */
export async function openProbingLoss(
  network: ProbeNetwork,
  start: Weights,
  options: ProbingLossOptions,
): Promise<ProbingLoss> {
  // Elsewhere L-BFGS gains nothing by it.
  const double = network.convex && (await options.engine.doublePrecision());
  const { parameters } = network;
  const model = lossAndGradients(network, start, options);
  const session = await WeightedSession.open(options.engine, double ? inFloat64(model) : model, parameters);
  const sizes = parameters.map((name) => [name, start.get(name)!.length] as const);
  // Made once, where they may stay: every iteration reads all of them.
  const parts = inMemory(options.features) ? [...partsOf(network, double, options)] : undefined;
  return {
    double,
    pack: (weights) => Float64Array.from(parameters.flatMap((name) => [...weights.get(name)!])),
    unpack: (x) => unpack(x, sizes),
    async at(x) {
      const weights = double ? split(x, sizes) : unpack(x, sizes);
      const gradient = new Float64Array(x.length);
      let value = 0;
      for (const { feeds, share } of parts ?? partsOf(network, double, options)) {
        const outputs = await session.run(weights, feeds);
        value += Number(outputs["loss"]!.data[0]) * share;
        for (const [name, slice] of split(gradient, sizes)) {
          const g = outputs[`gradient.${name}`]!.data as Float32Array | Float64Array;
          for (let i = 0; i < slice.length; i++) slice[i]! += g[i]! * share;
        }
      }
      return { value, gradient };
    },
    release: () => session.release(),
  };
}

type Sizes = readonly (readonly [name: string, size: number])[];

function unpack(x: Float64Array, sizes: Sizes): Map<string, Float32Array> {
  return new Map([...split(x, sizes)].map(([name, data]) => [name, Float32Array.from(data)]));
}

function split(x: Float64Array, sizes: Sizes): Map<string, Float64Array> {
  let at = 0;
  return new Map(sizes.map(([name, size]) => [name, x.subarray(at, (at += size))]));
}

/** A graph: cached values and `target` → `loss`, and `gradient.<name>` for every parameter. */
function lossAndGradients(network: ProbeNetwork, weights: Weights, { engine, loss }: ProbingLossOptions): Model {
  const { parameters: wrt } = network;
  const model = withoutOutputs(network.model(weights));
  return withWeightsAsInputs(differentiate(model, { loss, wrt, engine: engine.name }), wrt);
}

/** The training set in pieces, each with its share of the mean. */
function* partsOf(
  { blocks, inputName, inputSize, largest }: ProbeNetwork,
  double: boolean,
  { engine, features, targets, weight }: ProbingLossOptions,
): Generator<{ feeds: Feeds; share: number }> {
  const all = weight(targets);
  for (const { first, count, data } of pieces(features, inputSize, largest)) {
    const dims = [count, ...sampleShape(blocks)];
    const own = consecutive(targets, first, count);
    const values = double
      ? engine.tensor("float64", Float64Array.from(data), dims)
      : engine.tensor("float32", data, dims);
    const target = double ? targetInFloat64(engine, own) : targetTensor(engine, own);
    yield { feeds: { [inputName]: values, target }, share: weight(own) / all };
  }
}

/** As a graph in double precision takes them: class indices stay whole numbers. */
function targetInFloat64(engine: Engine, targets: Targets): Tensor {
  const { data, shape } = targets;
  if (data instanceof Int32Array) return targetTensor(engine, targets);
  return engine.tensor("float64", Float64Array.from(data), [data.length / sizeOf(shape), ...shape]);
}

/** The same graph in double precision. */
function inFloat64(model: Model): Model {
  const { graph } = model;
  const type = (t: TensorType | undefined) => t && (t.dtype === "float32" ? { ...t, dtype: "float64" as const } : t);
  const values = (all: readonly ValueInfo[]) => all.map((v) => ({ name: v.name, type: type(v.type) }));
  return {
    ...model,
    graph: {
      ...graph,
      inputs: values(graph.inputs),
      outputs: values(graph.outputs),
      initializers: new Map(
        [...graph.initializers].map(([name, t]) => [
          name,
          t.dtype === "float32" ? tensorOf("float64", t.shape, [...(t.data as Float32Array)]) : t,
        ]),
      ),
      nodes: graph.nodes.map((node) =>
        node.opType === "Cast" && node.attributes["to"] === protoOf("float32")
          ? { ...node, attributes: { ...node.attributes, to: protoOf("float64") } }
          : node,
      ),
    },
  };
}
