import {
  buildOn,
  dependents,
  ModelError,
  nodesFor,
  sizeOf,
  trainableParameters,
  type Graph,
  type Model,
} from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import { runSamples, type TakeRows } from "../data/run-samples.js";
import type { Samples } from "../data/samples.js";
import { withSession } from "../engine/with-session.js";
import { numbersIn, type Backbone } from "./backbone.js";
import type { Engine } from "../engine/engine.js";
import { findFeatures } from "./find-features.js";
import { batchOf } from "./pool.js";
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
  values: FrozenValue[];
  /** The inputs that the upper part reads too. */
  readsInputs: readonly string[];
  /** The input whose second axis counts the places of a sample, such as tokens; undefined where no value at the cut has any. */
  placesOf?: string;
}

/** A value at the cut. */
export interface FrozenValue {
  name: string;
  /** Of one sample, or of one of its places. */
  shape: readonly number[];
  /** Whether a sample has as many of these as it has places. */
  places: boolean;
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
  const batch = batchOf(builder, inputs, Object.values(outputs)[0]!);
  const isOfSamples = (value: string): boolean => builder.shape(value)[0] === batch;
  const cut = frozenEnds(graph, Object.values(outputs), inputs, trainable, isOfSamples);
  const types = cut.map((name) => ({ name, type: builder.type(name) }));
  // Sizes that differ from sample to sample: one at most, right behind the batch, which an input has there too.
  const [open, ...others] = new Set(
    types.flatMap(({ type }) => type.shape.slice(1).filter((d) => !Number.isInteger(d))),
  );
  const placesOf = inputs.find((name) => open !== undefined && builder.shape(name)[1] === open);
  const keepable = types.every(
    ({ name, type: { dtype, shape } }) =>
      dtype === "float32" && isOfSamples(name) && shape.slice(2).every(Number.isInteger),
  );
  const kept = cut.length > 0 && keepable && others.length === 0 && (open === undefined) === (placesOf === undefined);
  if (!kept) return undefined;

  const lower = buildOn(withoutOutputs(model));
  lower.setOutputs(Object.fromEntries(cut.map((name, i) => [`cut.${i}`, name])));
  const nodes = graph.nodes.filter((node) => !node.outputs.some((o) => cut.includes(o)));
  const rest = { ...builder.model(), graph: { ...graph, inputs: [...graph.inputs, ...types], nodes } };
  const upper = buildOn(rest);
  upper.setOutputs(outputs);
  return {
    lower: lower.model(),
    upper: upper.model(),
    values: types.map(({ name, type: { shape } }) => {
      const places = shape.length > 1 && shape[1] === open;
      return { name, places, shape: shape.slice(places ? 2 : 1) as number[] };
    }),
    placesOf,
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
  isOfSamples: (value: string) => boolean,
): string[] {
  const trained = dependents(graph.nodes, trainable);
  const fromInput = dependents(graph.nodes, inputs);
  const layers = graph.nodes.filter(
    (node) =>
      layerOperators.has(node.opType) &&
      isOfSamples(node.outputs[0]!) &&
      node.inputs.some((i) => fromInput.has(i)) &&
      node.inputs.slice(0, 2).some((i) => !fromInput.has(i)),
  );
  const frozenLayers = layers.flatMap((node) => node.outputs.filter((o) => !trained.has(o)));
  // Sizes are asked of what is kept.
  const costly = dependents(
    graph.nodes.filter((node) => node.opType !== "Shape" && node.opType !== "Size"),
    frozenLayers,
  );
  const isFrozen = (value: string): boolean => costly.has(value) && !trained.has(value);
  const rest = nodesFor(
    graph.nodes.filter((node) => !node.outputs.some(isFrozen)),
    outputs,
  );
  return [...new Set([...rest.flatMap((node) => node.inputs), ...outputs].filter(isFrozen))];
}

/** How many places each sample has; 1 where nothing at the cut has places. */
export async function placeCounts({ placesOf }: FrozenSplit, samples: Samples): Promise<Uint32Array> {
  const counts = new Uint32Array(samples.count).fill(1);
  if (placesOf === undefined) return counts;
  for (const n of counts.keys()) counts[n] = (await samples.feeds([n]))[placesOf]!.dims[1]!;
  return counts;
}

/** Bytes that the values at the cut take for samples with these many places. */
export function frozenBytes({ values }: FrozenSplit, counts: Uint32Array): number {
  const places = counts.reduce((sum, count) => sum + count, 0);
  return values.reduce((sum, value) => sum + 4 * sizeOf(value.shape) * (value.places ? places : counts.length), 0);
}

/**
 * What `splitFrozen` leaves to run, fed by what the lower part makes of these samples: computed here, once.
 * @param counts `placeCounts`
 */
export async function frozenSamples(
  engine: Engine,
  { lower, values, readsInputs }: FrozenSplit,
  samples: Samples,
  counts: Uint32Array,
): Promise<Samples> {
  const { count, targets, parts, padding } = samples;
  const kept = values.map((value) => new Activations(value, value.places ? counts : counts.map(() => 1), padding));
  const taken = Object.fromEntries(kept.map((one, i): [string, TakeRows] => [`cut.${i}`, one.take]));
  await withSession(engine, lower, (session) => runSamples(session, samples, {}, taken));
  return {
    count,
    targets,
    parts,
    padding,
    batches: (order, size) => samples.batches(order, size),
    async feeds(indices) {
      const own = readsInputs.length > 0 ? await samples.feeds(indices) : {};
      const read = Object.entries(own).filter(([name]) => readsInputs.includes(name));
      return Object.fromEntries([...read, ...kept.map((one) => [one.value.name, one.of(engine, indices)] as const)]);
    },
  };
}

/** What a value at the cut is for every sample, without the padding that samples have in a batch. */
class Activations {
  readonly #data: Float32Array;
  /** Where each sample's begin. */
  readonly #starts: Float64Array;
  readonly #size: number;

  constructor(
    readonly value: FrozenValue,
    private readonly counts: Uint32Array,
    private readonly padding: Samples["padding"],
  ) {
    this.#size = sizeOf(value.shape);
    let end = 0;
    this.#starts = Float64Array.from(counts, (count) => (end += count * this.#size) - count * this.#size);
    this.#data = new Float32Array(end);
  }

  /** Keeps those of a batch, which were padded to its longest. */
  readonly take: TakeRows = (indices, rows) => {
    const longest = rows.length / indices.length;
    indices.forEach((n, i) => this.#own(n).set(this.#in(rows, i, n, longest)));
  };

  /** Those of some samples as a batch, padded with zeros to their longest. */
  of(engine: Engine, indices: readonly number[]): Tensor {
    const { places, shape } = this.value;
    const most = Math.max(...indices.map((n) => this.counts[n]!));
    const longest = most * this.#size;
    const batch = new Float32Array(indices.length * longest);
    indices.forEach((n, i) => this.#in(batch, i, n, longest).set(this.#own(n)));
    return engine.tensor("float32", batch, [indices.length, ...(places ? [most] : []), ...shape]);
  }

  #own(n: number): Float32Array {
    return this.#data.subarray(this.#starts[n]!, this.#starts[n]! + this.counts[n]! * this.#size);
  }

  /** Where sample n lies in row i of a batch whose rows have `longest` numbers. */
  #in(batch: Float32Array, i: number, n: number, longest: number): Float32Array {
    const size = this.counts[n]! * this.#size;
    const from = i * longest + (this.padding === "left" ? longest - size : 0);
    return batch.subarray(from, from + size);
  }
}
