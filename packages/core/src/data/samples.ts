import { sizeOf } from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import type { ElementData, Engine } from "../engine/engine.js";
import type { Feeds } from "../engine/session.js";
import { rows } from "./cached-values.js";
import { DataError } from "../given/errors.js";
import { requireWanted } from "../given/require.js";
import { called, having } from "../given/wanted.js";
import { shown } from "../given/words.js";
import { range } from "./range.js";
import { pickTargets, targetCount, type Targets } from "./targets.js";

/** Labelled samples as a network takes them, wherever they are kept: one shape for every kind of data. */
export interface Samples {
  readonly count: number;
  /** A row per sample. */
  readonly targets: Targets;
  /**
   * Cuts an order of samples into batches; samples of like size may be put together here.
   * @returns every index of `order` once, at most `size` in a batch
   */
  batches(order: readonly number[], size: number): number[][];
  /**
   * The samples of these indices as one batch, by the names of the network's inputs; padded to their longest. The next batch
   * is made while the network runs on this one (`Ahead`): each has memory of its own.
   */
  feeds(indices: readonly number[]): Promise<Feeds>;
  /**
   * In how many parts a step of training runs a batch, each padded to its own longest: worth it where lengths differ and
   * `batches` sorts by them. It changes what a step takes, not what it does. Absent: one.
   */
  readonly parts?: number;
  /** On which side `feeds` pads samples that are shorter than the batch's longest. Absent: right. */
  readonly padding?: "left" | "right";
  /** The samples of one epoch of training, changed at random; a function of its arguments alone. Absent: never changed. */
  inEpoch?(epoch: number, seed: number): Samples;
  /** How `inEpoch` changes them, for a run to know when it goes on. */
  readonly augmentation?: string;
}

/**
 * Samples from a function that makes a batch: all that data of one's own need.
 * @param feeds the samples of some indices, by the names of the network's inputs, in memory that no other batch has
 */
export function samplesOf(targets: Targets, feeds: (indices: readonly number[]) => Feeds | Promise<Feeds>): Samples {
  requireWanted("feeds", feeds, called);
  return { count: targetCount(targets), targets, batches: inOrder, feeds: async (indices) => feeds(indices) };
}

/** One of a network's inputs for all samples: [N, …shape], row-major, in the element type that the network takes. */
export interface ArrayInput {
  readonly data: Float32Array | Int32Array | BigInt64Array | Uint8Array;
  /** Of one sample. */
  readonly shape: readonly number[];
}

/**
 * Samples that lie in memory, one array per input of the network.
 * @throws {DataError} if an array holds more or less than a row for every target
 */
export function arraySamples(engine: Engine, inputs: Readonly<Record<string, ArrayInput>>, targets: Targets): Samples {
  requireWanted("the engine of arraySamples", engine, engines);
  const count = targetCount(targets);
  const named = Object.entries(inputs);
  if (named.length === 0)
    throw new DataError("arraySamples wants an array for each input of the network; give at least one");
  for (const [name, { data, shape }] of named) {
    if (!typeOf(data))
      throw new DataError(
        `'${name}' holds ${className(data)}; give a Float32Array, Int32Array, BigInt64Array or Uint8Array`,
      );
    if (!Array.isArray(shape) || !shape.every((size) => Number.isInteger(size) && size > 0))
      throw new DataError(
        `the shape of '${name}' wants a list of the sizes of one sample, whole numbers from 1 on, not ${shown(shape)}`,
      );
    if (data.length !== count * sizeOf(shape))
      throw new DataError(
        `'${name}' holds ${data.length} numbers, but ${count} samples of shape [${shape.join(", ")}] have ${count * sizeOf(shape)}; shape is that of one sample`,
      );
  }
  return samplesOf(targets, (indices) => arrayFeeds(engine, inputs, indices));
}

export const engines = having("what createEngine gives", "session", "tensor");
export const sampleSets = having("samples, such as arraySamples makes", "batches", "feeds");

/** The rows of some samples, as tensors. */
function arrayFeeds(engine: Engine, inputs: Readonly<Record<string, ArrayInput>>, indices: readonly number[]): Feeds {
  const tensors = Object.entries(inputs).map(([name, { data, shape }]): [string, Tensor] => {
    const batch = rows(data, sizeOf(shape), indices);
    return [name, engine.tensor(typeOf(batch)!, batch, [indices.length, ...shape])];
  });
  return Object.fromEntries(tensors);
}

/** By the array's name, as arrays may come from another window. */
function typeOf(data: ArrayInput["data"]): keyof ElementData | undefined {
  const types = { Float32Array: "float32", Int32Array: "int32", BigInt64Array: "int64", Uint8Array: "uint8" } as const;
  return (types as Partial<Record<string, keyof ElementData>>)[className(data)];
}

function className(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** Some of these samples, in the order of their indices, changed in every epoch as they are. @throws {DataError} for an index that is none of theirs */
export function selected(samples: Samples, chosen: readonly number[]): Samples {
  requireWanted("selected", chosen, { wants: "a list of the indices of samples", is: Array.isArray });
  requireWanted("selected", samples, sampleSets);
  const wrong = chosen.find((i) => !Number.isInteger(i) || i < 0 || i >= samples.count);
  if (wrong !== undefined)
    throw new DataError(`there is no sample ${wrong}; give indices from 0 to ${samples.count - 1}`);
  const { inEpoch, augmentation } = samples;
  const original = (indices: readonly number[]): number[] => indices.map((i) => chosen[i]!);
  return {
    count: chosen.length,
    targets: pickTargets(samples.targets, chosen),
    parts: samples.parts,
    padding: samples.padding,
    batches(order, size) {
      // By the original's own rule; places are unique even where a sample was chosen twice.
      const places = new Map<number, number[]>();
      for (const place of order) places.set(chosen[place]!, [...(places.get(chosen[place]!) ?? []), place]);
      return samples.batches(original(order), size).map((batch) => batch.map((index) => places.get(index)!.shift()!));
    },
    feeds: (indices) => samples.feeds(original(indices)),
    ...(inEpoch && {
      inEpoch: (epoch: number, seed: number) => selected(inEpoch.call(samples, epoch, seed), chosen),
      augmentation,
    }),
  };
}

/** The same samples with other targets. */
export function withTargets(samples: Samples, targets: Targets): Samples {
  return changed(samples, () => ({ targets }));
}

/** The same samples, fed under other names. */
export function withInputs(samples: Samples, now: (name: string) => string): Samples {
  return withFeeds(samples, (feeds) =>
    Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [now(name), tensor])),
  );
}

/** The same samples, with other inputs made of theirs. */
export function withFeeds(samples: Samples, made: (feeds: Feeds) => Feeds): Samples {
  return changed(samples, (own) => ({ feeds: async (indices) => made(await own.feeds(indices)) }));
}

/** The same samples with something of theirs in another form, in every epoch. */
function changed(samples: Samples, change: (samples: Samples) => Partial<Pick<Samples, "targets" | "feeds">>): Samples {
  const { count, targets, parts, padding, augmentation } = samples;
  return {
    count,
    targets,
    parts,
    padding,
    batches: (order, size) => samples.batches(order, size),
    feeds: (indices) => samples.feeds(indices),
    ...change(samples),
    ...(samples.inEpoch
      ? { inEpoch: (epoch: number, seed: number) => changed(samples.inEpoch!(epoch, seed), change), augmentation }
      : {}),
  };
}

/**
 * A set's own batches of an order.
 * @throws {DataError} unless they have every index of it once: what is left out would keep features of 0, and not be missed
 */
export function batchesOf(samples: Pick<Samples, "batches">, order: readonly number[], size: number): number[][] {
  const batches = samples.batches(order, size);
  const all = batches.flat();
  const wanted = new Set(order);
  const missing = wanted.size - new Set(all).size;
  if (all.length !== order.length || missing !== 0 || !all.every((index) => wanted.has(index)))
    throw new DataError(
      `batches gives ${all.length} indices of the ${order.length} that it was given; give each of them once, the last batch may be smaller`,
    );
  return batches;
}

/** An order cut into runs of at most `size`. */
export function inOrder(order: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(order.length / size) }, (_, i) => order.slice(i * size, (i + 1) * size));
}

/** 0..count−1 */
export function upTo(count: number): number[] {
  return range(0, count);
}
