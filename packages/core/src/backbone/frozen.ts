import {
  buildOn,
  dependents,
  ModelError,
  sizeOf,
  trainableParameters,
  type Graph,
  type Model,
} from "@taskhead/autograd";
import { runSamples } from "../data/run-samples.js";
import { arrayFeeds, type Samples } from "../data/samples.js";
import { withSession } from "../engine/with-session.js";
import { numbersIn, type Backbone } from "./backbone.js";
import type { Engine } from "../engine/engine.js";
import { findFeatures } from "./find-features.js";
import { findBlocks } from "./blocks.js";
import { withoutOutputs } from "../engine/weights.js";

/**
 * The backbone with its first part frozen: the parameters that the value at the cut depends on are constants.
 * @param until the name of a value, or how many blocks (`findBlocks`), counted from the input
 * @throws {ModelError} if there is no such value or block.
 */
export function freezeUntil(backbone: Backbone, until: string | number): Backbone {
  const { model } = backbone;
  const named = (value: string): string => findFeatures(model.graph, backbone.renamed.get(value) ?? value).value;
  const cut = typeof until === "number" ? blockEnd(backbone, until) : named(until);
  const frozen = new Set(trainableParameters(model, [cut]));
  const parameters = backbone.parameters.filter((name) => !frozen.has(name));
  if (parameters.length === backbone.parameters.length)
    throw new ModelError(`no parameter lies below '${cut}', so nothing would be frozen; name a later value or block`);
  return { ...backbone, parameters, parameterCount: numbersIn(model, parameters) };
}

function blockEnd(backbone: Backbone, count: number): string {
  const blocks = findBlocks(backbone);
  const last = blocks[count - 1];
  if (!last)
    throw new ModelError(
      `the backbone has ${blocks.length} blocks, so ${count} of them cannot be frozen; freeze 1 to ${blocks.length}`,
    );
  return last.output;
}

/** A network in two parts: what stays as it is whatever is trained, and the rest. */
export interface FrozenSplit {
  /** The inputs → the values at the cut. */
  lower: Model;
  /** The values at the cut, and inputs that are still read → the network's own outputs. */
  upper: Model;
  /** The values at the cut, and the shape of each for one sample. */
  values: { name: string; shape: readonly number[] }[];
  /** The inputs that the upper part reads too. */
  readsInputs: readonly string[];
}

/** Operators with weights, the ones worth computing only once. */
const layerOperators = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum"]);

/**
 * Cuts a network where frozen layers end: between the values that depend on the input through at least one layer, but on
 * nothing that is trained, and those that use them. With a frozen prefix that is its end; with side-tuning, the base's
 * features.
 * @returns undefined without frozen layers, or where a value at the cut cannot be kept sample by sample as float32
 */
export function splitFrozen(
  model: Model,
  inputs: readonly string[],
  trainable: readonly string[],
): FrozenSplit | undefined {
  const builder = buildOn(withoutOutputs(model));
  const { graph } = builder;
  const outputs = Object.fromEntries(model.graph.outputs.map(({ name }) => [name, builder.resolve(name)]));
  const cut = frozenEnds(graph, Object.values(outputs), inputs, trainable);
  const types = cut.map((name) => ({ name, type: builder.type(name) }));
  const batch = builder.shape(Object.values(outputs)[0]!)[0];
  const keepable = types.every(
    ({ type: { dtype, shape } }) => dtype === "float32" && shape[0] === batch && shape.slice(1).every(Number.isInteger),
  );
  if (cut.length === 0 || !keepable) return undefined;

  const lower = buildOn(withoutOutputs(model));
  lower.setOutputs(Object.fromEntries(cut.map((name, i) => [`cut.${i}`, name])));
  const nodes = graph.nodes.filter((node) => !node.outputs.some((o) => cut.includes(o)));
  const rest = { ...builder.model(), graph: { ...graph, inputs: [...graph.inputs, ...types], nodes } };
  const upper = buildOn(rest);
  upper.setOutputs(outputs);
  return {
    lower: lower.model(),
    upper: upper.model(),
    values: types.map(({ name, type }) => ({ name, shape: type.shape.slice(1) as number[] })),
    readsInputs: upper
      .model()
      .graph.inputs.map((v) => v.name)
      .filter((name) => inputs.includes(name)),
  };
}

/** The values at the cut. */
function frozenEnds(
  graph: Graph,
  outputs: readonly string[],
  inputs: readonly string[],
  trainable: readonly string[],
): string[] {
  const trained = dependents(graph.nodes, trainable);
  const fromInput = dependents(graph.nodes, inputs);
  const layers = graph.nodes.filter(
    (node) =>
      layerOperators.has(node.opType) &&
      node.inputs.some((i) => fromInput.has(i)) &&
      node.inputs.slice(0, 2).some((i) => !fromInput.has(i)),
  );
  const frozenLayers = layers.flatMap((node) => node.outputs.filter((o) => !trained.has(o)));
  const costly = dependents(graph.nodes, frozenLayers);
  const isFrozen = (value: string): boolean => costly.has(value) && !trained.has(value);
  const rest = graph.nodes.filter((node) => !node.outputs.some(isFrozen));
  return [...new Set([...rest.flatMap((node) => node.inputs), ...outputs].filter(isFrozen))];
}

/** Bytes per sample that the values at the cut take. */
export function bytesPerSample({ values }: FrozenSplit): number {
  return values.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
}

/** What `splitFrozen` leaves to run, fed by what the lower part makes of these samples: computed here, once. */
export async function frozenSamples(
  engine: Engine,
  { lower, values, readsInputs }: FrozenSplit,
  samples: Samples,
): Promise<Samples> {
  const outputs = await withSession(engine, lower, (session) => runSamples(session, samples));
  const cached = Object.fromEntries(values.map(({ name, shape }, i) => [name, { shape, data: outputs[`cut.${i}`]! }]));
  return {
    count: samples.count,
    targets: samples.targets,
    batches: (order, size) => samples.batches(order, size),
    async feeds(indices) {
      const own = readsInputs.length > 0 ? await samples.feeds(indices) : {};
      const read = Object.entries(own).filter(([name]) => readsInputs.includes(name));
      return { ...Object.fromEntries(read), ...arrayFeeds(engine, cached, indices) };
    },
  };
}
