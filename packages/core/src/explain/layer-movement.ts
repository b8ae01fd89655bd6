import { buildOn, sizeOf, type Model } from "@taskhead/autograd";
import type { Backbone } from "../backbone/backbone.js";
import { findBlocks } from "../backbone/blocks.js";
import { fitted } from "../backbone/fit.js";
import { findMask, pool, type Pooling } from "../backbone/pool.js";
import { isOfNodes, nodePoolingOf } from "../backbone/poolings.js";
import { channelsOf, meansOverPositions } from "../data/positions.js";
import { runBoth } from "../data/run-samples.js";
import { selected, type Samples } from "../data/samples.js";
import type { Engine } from "../engine/engine.js";
import type { Session } from "../engine/session.js";
import { withSession } from "../engine/with-session.js";
import { withoutOutputs } from "../engine/weights.js";
import { Movement } from "../measures/adaptation.js";
import { linearCka } from "../measures/cka.js";
import { shownSamples } from "../measures/projection.js";

/** How far the output of one block moved on one set of samples. */
export interface Moved {
  /** linear CKA between before and after, 0..1; null where the block says the same of every sample */
  cka: number | null;
  /** mean ‖a_T − a_0‖₂, of the whole activation */
  distance: number;
  /** mean ‖a_0‖₂ */
  norm: number;
}

/** One block of the backbone (`findBlocks`), in the order of the forward pass. */
export interface BlockMovement {
  /** the name of its output in the graph */
  output: string;
  /** of one sample: [channels, height, width], [tokens, width] or [width] */
  shape: number[];
  /** whether CKA is of the means over positions, as the activation is large; the distance is not for that */
  averaged: boolean;
  /** whether distance, norm and CKA are all of the mean over a sample's own tokens or nodes, as samples differ in how many they have */
  pooled: boolean;
  /** for each set */
  moved: Moved[];
}

export interface LayerMovementOptions {
  engine: Engine;
  /** The same graph with the weights before and after. */
  before: Backbone;
  after: Backbone;
  sets: readonly Samples[];
  signal?: AbortSignal;
}

/** Numbers of a sample in an activation whose CKA is taken as it is; of a larger one its means over positions. */
const mostNumbers = 1024;

/** Numbers that leave the network in one run, at most: 16 MB. */
const mostPerRun = 2 ** 22;

/**
 * How far each block's output moved from one set of weights to another, on at most 250 samples of each set, evenly spaced.
 * Where samples differ in their tokens, as texts do, it is of the mean over those that the mask holds, and of a graph's nodes of
 * the mean over them; an output of another open size is left out. The network runs twice; kept are at most 1024 numbers a sample and block, unless a vector has more.
 */
export async function layerMovement({
  engine,
  before,
  after,
  sets,
  signal,
}: LayerMovementOptions): Promise<BlockMovement[]> {
  const blocks = findBlocks(before, { nodes: true }).flatMap(({ output }) => shownOf(before, output));
  if (blocks.length === 0) return [];
  const moved: Moved[][] = [];
  await withSession(engine, showing(before.model, blocks), (first) =>
    withSession(engine, showing(after.model, blocks), async (second) => {
      for (const samples of sets) {
        const own = await fitted(before, selected(samples, shownSamples(samples.count, 1)));
        moved.push(await compare([first, second], own, blocks, signal));
      }
    }),
  );
  return blocks.map(({ output, shape, pooled }, b) => ({
    output,
    shape,
    averaged: kept(shape) < sizeOf(shape),
    pooled,
    moved: moved.map((set) => set[b]!),
  }));
}

interface Shown {
  output: string;
  /** Of one sample, after pooling. */
  shape: number[];
  pooled: boolean;
  /** How; of tokens the usual way. */
  by?: Pooling;
}

/** What is shown of a block's output; nothing where its size is open and no mask says what of it is a sample's own. */
function shownOf({ model, nodes }: Backbone, output: string): Shown[] {
  const b = buildOn(model);
  const { shape: whole } = b.type(output);
  const shape = whole.slice(1).map(Number);
  if (nodes && isOfNodes(b, output, nodes)) return [{ output, shape, pooled: true, by: nodePoolingOf("mean", nodes) }];
  if (shape.every(Number.isInteger)) return [{ output, shape, pooled: false }];
  const width = shape[1];
  const tokens = shape.length === 2 && Number.isInteger(width) && findMask(b, whole) !== undefined;
  return tokens ? [{ output, shape: [width!], pooled: true }] : [];
}

async function compare(
  sessions: readonly [Session, Session],
  samples: Samples,
  blocks: readonly Shown[],
  signal: AbortSignal | undefined,
): Promise<Moved[]> {
  const perSample = blocks.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const batch = Math.max(1, Math.min(64, Math.floor(mostPerRun / perSample)));
  const seen = blocks.map(({ shape }) => ({
    shape,
    movement: new Movement(new Float32Array(0), sizeOf(shape)),
    norm: 0,
    first: new Float32Array(samples.count * kept(shape)),
    second: new Float32Array(samples.count * kept(shape)),
  }));
  await runBoth(sessions, samples, { batch, ...(signal ? { signal } : {}) }, (indices, before, after) =>
    seen.forEach((one, b) => {
      const [a0, aT] = [before, after].map((outputs) => outputs[nameOf(b)]!.data as Float32Array) as [
        Float32Array,
        Float32Array,
      ];
      const size = sizeOf(one.shape);
      indices.forEach((sample, row) => {
        const [own0, ownT] = [a0, aT].map((a) => a.subarray(row * size, (row + 1) * size)) as [
          Float32Array,
          Float32Array,
        ];
        one.movement.compare(own0, 0, ownT, 0);
        one.norm += length(own0);
        one.first.set(reduced(own0, one.shape), sample * kept(one.shape));
        one.second.set(reduced(ownT, one.shape), sample * kept(one.shape));
      });
    }),
  );
  return seen.map(({ movement, norm, first, second }) => ({
    cka: linearCka(first, second, samples.count),
    distance: movement.adaptation().euclidean,
    norm: norm / samples.count,
  }));
}

/** How many numbers of a sample CKA is taken of. */
function kept(shape: readonly number[]): number {
  const size = sizeOf(shape);
  return size <= mostNumbers || shape.length === 1 ? size : channelsOf(shape);
}

/** An activation, or its means over positions. */
function reduced(values: Float32Array, shape: readonly number[]): Float32Array {
  return kept(shape) < values.length ? meansOverPositions(values, shape) : values;
}

function length(values: Float32Array): number {
  let square = 0;
  for (const value of values) square += value * value;
  return Math.sqrt(square);
}

const meanOfTokens: Pooling = { over: "tokens", take: "mean" };

/** The model with these values as its outputs, pooled where they are. */
function showing(model: Model, blocks: readonly Shown[]): Model {
  const builder = buildOn(withoutOutputs(model));
  const shown = blocks.map(({ output, pooled, by = meanOfTokens }, b): [string, string] => [
    nameOf(b),
    pooled ? pool(builder, output, by).value : output,
  ]);
  builder.setOutputs(Object.fromEntries(shown));
  return builder.model();
}

function nameOf(block: number): string {
  return `block.${block}`;
}
