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
import { pieces } from "../data/cached-values.js";
import { targetTensor, type Targets } from "../data/targets.js";
import { plainCoordinates, standardisedCoordinates } from "./coordinates.js";
import type { Tensor } from "onnxruntime-common";
import type { Engine } from "../engine/engine.js";
import { minimize, type EndReason, type SmoothFunction } from "./lbfgs.js";
import { sampleShape, type ProbeNetwork } from "./probe-network.js";
import { WeightedSession } from "../engine/weighted-session.js";
import { withoutOutputs, withWeightsAsInputs, type Weights } from "../engine/weights.js";

/** How far "converged" got. */
export interface Convergence {
  iterations: number;
  /**
   * ‖∇‖₂ of the mean loss, with respect to weights on standardised features (mean 0, variance 1), which makes it free of
   * units; with reinitialised blocks, with respect to the parameters as they are.
   */
  gradientNorm: number;
  /** `tolerance` unless the cap, or the precision of the runtime, came first. */
  reason: EndReason;
}

export interface ConvergeOptions {
  engine: Engine;
  /** What is minimised. */
  loss: Loss;
  /** `Objective.weight` of that loss. */
  weight: (targets: Targets) => number;
  /** Cached values [N, …]. */
  features: Float32Array;
  targets: Targets;
  /** Stop where the gradient's norm is at most this. Default 1e-6 for a convex head, 1e-4 for any other. */
  tolerance?: number;
  /** Default 2000 for a convex head, 500 for any other. */
  iterations?: number;
  onIteration?: (iteration: number, gradientNorm: number) => void;
  signal?: AbortSignal;
}

/**
 * Minimises the mean loss over the whole training set by L-BFGS, from `start`: for a linear head the global optimum; for
 * any other a stationary point, dropout off and BatchNorm statistics held where they are. Where the optimum lies at
 * infinity, as for hard labels on separable features, it ends where the gradient is smaller than the tolerance.
 *
 * What a head can compute does not depend on how features are shifted and scaled: L-BFGS works in the coordinates of
 * standardised features, where it needs far fewer iterations. A linear head is computed in float64.
 */
export async function converge(
  network: ProbeNetwork,
  start: Weights,
  options: ConvergeOptions,
): Promise<{ weights: Map<string, Float32Array>; convergence: Convergence }> {
  const convex = network.head.convex && network.readsFeatures;
  const model = lossAndGradients(network, start, options);
  const session = await WeightedSession.open(options.engine, convex ? inFloat64(model) : model, network.parameters);
  try {
    const sizes = network.parameters.map((name) => [name, start.get(name)!.length] as const);
    const plain = objective(network, sizes, session, convex, options);
    const coordinates = network.readsFeatures
      ? standardisedCoordinates(options.features, network.inputSize, sizes[1]![1])
      : plainCoordinates;
    const { tolerance = convex ? 1e-6 : 1e-4, iterations = convex ? 2000 : 500, onIteration, signal } = options;
    const from = coordinates.inward(Float64Array.from(network.parameters.flatMap((name) => [...start.get(name)!])));
    const found = await minimize(coordinates.around(plain), from, {
      tolerance,
      iterations,
      precision: convex ? 2 ** -50 : 2 ** -22,
      onIteration,
      signal,
    });
    const weights = new Map([...start, ...unpack(coordinates.outward(found.x), sizes)]);
    const { gradientNorm, reason } = found;
    return { weights, convergence: { iterations: found.iterations, gradientNorm, reason } };
  } finally {
    await session.release();
  }
}

type Sizes = readonly (readonly [name: string, size: number])[];

/** The parameters, one after another in one vector, and back. */
function unpack(x: Float64Array, sizes: Sizes): Map<string, Float32Array> {
  return new Map([...split(x, sizes)].map(([name, data]) => [name, Float32Array.from(data)]));
}

function split(x: Float64Array, sizes: Sizes): Map<string, Float64Array> {
  let at = 0;
  return new Map(sizes.map(([name, size]) => [name, x.subarray(at, (at += size))]));
}

/** A graph: cached values and `target` → `loss`, and `gradient.<name>` for every parameter. */
function lossAndGradients(network: ProbeNetwork, weights: Weights, { engine, loss }: ConvergeOptions): Model {
  const { parameters: wrt } = network;
  const model = withoutOutputs(network.model(weights));
  return withWeightsAsInputs(differentiate(model, { loss, wrt, engine: engine.name }), wrt);
}

/** Mean loss and gradient over all samples, summed over pieces in float64. */
function objective(
  { blocks, inputName, inputSize }: ProbeNetwork,
  sizes: Sizes,
  session: WeightedSession,
  double: boolean,
  { engine, features, targets, weight }: ConvergeOptions,
): SmoothFunction {
  return async (x) => {
    const weights = double ? split(x, sizes) : unpack(x, sizes);
    const gradient = new Float64Array(x.length);
    const all = weight(targets);
    let value = 0;
    for (const { first, count, data } of pieces(features, inputSize)) {
      const dims = [count, ...sampleShape(blocks)];
      const own = part(targets, first, count);
      const outputs = await session.run(weights, {
        [inputName]: double
          ? engine.tensor("float64", Float64Array.from(data), dims)
          : engine.tensor("float32", data, dims),
        target: double ? targetInFloat64(engine, own) : targetTensor(engine, own),
      });
      const share = weight(own) / all;
      value += Number(outputs["loss"]!.data[0]) * share;
      for (const [name, slice] of split(gradient, sizes)) {
        const g = outputs[`gradient.${name}`]!.data as Float32Array | Float64Array;
        for (let i = 0; i < slice.length; i++) slice[i]! += g[i]! * share;
      }
    }
    return { value, gradient };
  };
}

/** The targets of consecutive samples. */
function part({ data, shape }: Targets, first: number, count: number): Targets {
  const size = sizeOf(shape);
  return { data: data.subarray(first * size, (first + count) * size), shape };
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
