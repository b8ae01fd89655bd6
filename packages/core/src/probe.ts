import { crossEntropy, sgd, trainingStep } from "@taskhead/autograd";
import { meanSquareNorm } from "./adaptation.js";
import { Breather } from "./breather.js";
import type { Engine, Session } from "./engine.js";
import { accuracy, crossEntropyLoss, energy } from "./energy.js";
import { DivergedError } from "./errors.js";
import { withSession } from "./features.js";
import { headAlone, headNorm, linearHead, type Head } from "./heads/index.js";
import { batches, pick } from "./images.js";
import { epochOrder, random } from "./random.js";
import { Trainer } from "./trainer.js";
import { withWeightsAsInputs, type Weights } from "./weights.js";

/** Cached features Z [N, width], row-major, with class indices [N]. */
export interface LabelledFeatures {
  features: Float32Array;
  labels: ArrayLike<number>;
}

export interface ProbeOptions {
  engine: Engine;
  train: LabelledFeatures;
  validation?: LabelledFeatures;
  /** h */
  width: number;
  /** k */
  classes: number;
  /** The last tau. */
  epochs: number;
  batch: number;
  seed: number;
  /** Default: the linear head. */
  architecture?: Head;
  /** For all parameters alike. Default: a rate fitted to the features' scale, see `autoRate`. */
  learningRate?: number;
  /** Default 0.9. */
  momentum?: number;
  /** Label smoothing ε: targets (1−ε)e_y + ε/k. Default 0. */
  smoothing?: number;
  onEpoch?: (stop: ProbeStop) => void;
  signal?: AbortSignal;
}

/** The head after tau epochs, measured with hard labels. */
export interface ProbeStop {
  tau: number;
  /** Mean cross-entropy on the training features, in nats. */
  loss: number;
  /** 0..1 */
  trainAccuracy: number;
  /** E(tau) on the training features, 0..√2. */
  energy: number;
  /** 0..1; null without validation features. */
  validationAccuracy: number | null;
  /** ‖W‖ */
  headNorm: number;
  head: Map<string, Float32Array>;
}

/** Multiplies the auto rate; the step on the logits is about this, whatever the features' scale. */
const autoRate = 0.5;

/**
 * Head probing: trains a head on cached features by mini-batch SGD, the backbone untouched, and keeps the head of
 * every epoch: tau = 0 (the random head) to `epochs`. The last batch of an epoch may be smaller; it counts as well.
 *
 * The auto rate is c = 0.5 for biases and c / mean‖z‖² for the weights on the features: a step then moves the logits
 * by the same amount whether features are long or short.
 * @throws {DivergedError} if the loss stops being finite.
 */
export async function probe(options: ProbeOptions): Promise<ProbeStop[]> {
  const { engine, width, classes, seed, architecture: head = linearHead() } = options;
  const initial = head.initial(random(seed, "head"), width, classes);
  const trainer = await Trainer.create(engine, stepGraph(options, head, initial));
  const alone = headAlone(head, width, classes, initial);
  const measured = withWeightsAsInputs(alone, head.parameters);
  const shapeOf = (parameter: string): readonly number[] => alone.graph.initializers.get(parameter)!.shape;
  try {
    return await withSession(engine, measured, (session) =>
      probeEpochs(options, trainer, (weights, z) => headLogits(options, session, shapeOf, weights, z)),
    );
  } finally {
    await trainer.release();
  }
}

/**
 * Which taus to fine-tune: 0, the last, and those in between whose energies lie nearest to `count` evenly spaced ones.
 * @returns at most `count` distinct taus, ascending
 */
export function spread(stops: readonly Pick<ProbeStop, "tau" | "energy">[], count: number): number[] {
  const sorted = [...stops].sort((a, b) => a.tau - b.tau);
  if (sorted.length <= count) return sorted.map((s) => s.tau);
  const first = sorted[0]!;
  const last = sorted.at(-1)!;
  const chosen = new Set(count > 1 ? [first.tau, last.tau] : [first.tau]);
  for (let i = 1; i < count - 1; i++) {
    const wanted = first.energy + ((last.energy - first.energy) * i) / (count - 1);
    const free = sorted.filter((s) => !chosen.has(s.tau));
    chosen.add(free.reduce((best, s) => (Math.abs(s.energy - wanted) < Math.abs(best.energy - wanted) ? s : best)).tau);
  }
  return [...chosen].sort((a, b) => a - b);
}

/** Features [N, h] → logits [N, k] by a head with these weights. */
type RunHead = (weights: Weights, features: Float32Array) => Promise<Float32Array>;

function stepGraph(options: ProbeOptions, head: Head, initial: Weights) {
  const { train, width, classes, momentum = 0.9, smoothing = 0, learningRate } = options;
  const scale = meanSquareNorm(train.features, width) || 1;
  return trainingStep(headAlone(head, width, classes, initial), {
    loss: crossEntropy({ logits: "logits", smoothing }),
    optimizer: sgd({ momentum, weightDecay: 0 }),
    trainable: head.parameters,
    rateMultiplier: (name) => (learningRate === undefined && head.readsFeatures.includes(name) ? 1 / scale : 1),
  });
}

async function probeEpochs(options: ProbeOptions, trainer: Trainer, runHead: RunHead): Promise<ProbeStop[]> {
  const stops: ProbeStop[] = [];
  for (let tau = 0; tau <= options.epochs; tau++) {
    if (tau > 0) await trainEpoch(options, trainer, tau);
    const stop = await measure(options, runHead, trainer.parameters(), tau);
    if (!Number.isFinite(stop.loss)) throw new DivergedError(stop.loss, trainer.steps, tau);
    stops.push(stop);
    options.onEpoch?.(stop);
  }
  return stops;
}

async function trainEpoch(
  { engine, train, width, batch, seed, learningRate, signal }: ProbeOptions,
  trainer: Trainer,
  epoch: number,
): Promise<void> {
  const breather = new Breather();
  for (const indices of batches(epochOrder(train.labels.length, seed, "probe", epoch), batch)) {
    signal?.throwIfAborted();
    const z = engine.tensor("float32", rows(train.features, width, indices), [indices.length, width]);
    try {
      await trainer.step({ z }, pick(train.labels, indices), learningRate ?? autoRate);
    } catch (error) {
      throw error instanceof DivergedError ? error.inEpoch(epoch) : error;
    }
    await breather.breathe();
  }
}

async function measure(
  { train, validation, classes }: ProbeOptions,
  runHead: RunHead,
  head: Map<string, Float32Array>,
  tau: number,
): Promise<ProbeStop> {
  const logits = await runHead(head, train.features);
  return {
    tau,
    loss: crossEntropyLoss(logits, train.labels, classes),
    trainAccuracy: accuracy(logits, train.labels, classes),
    energy: energy(logits, train.labels, classes),
    validationAccuracy: validation
      ? accuracy(await runHead(head, validation.features), validation.labels, classes)
      : null,
    headNorm: headNorm(head),
    head,
  };
}

/** In pieces of 4096 samples. */
async function headLogits(
  { engine, width, classes }: ProbeOptions,
  session: Session,
  shapeOf: (parameter: string) => readonly number[],
  weights: Weights,
  features: Float32Array,
): Promise<Float32Array> {
  const feeds = Object.fromEntries(
    [...weights].map(([name, data]) => [name, engine.tensor("float32", data, shapeOf(name))]),
  );
  const logits = new Float32Array((features.length / width) * classes);
  for (let start = 0; start < features.length; start += 4096 * width) {
    const piece = features.subarray(start, start + 4096 * width);
    const outputs = await session.run({ ...feeds, z: engine.tensor("float32", piece, [piece.length / width, width]) });
    logits.set(outputs["logits"]!.data as Float32Array, (start / width) * classes);
  }
  return logits;
}

function rows(features: Float32Array, width: number, indices: readonly number[]): Float32Array {
  const out = new Float32Array(indices.length * width);
  indices.forEach((index, i) => out.set(features.subarray(index * width, (index + 1) * width), i * width));
  return out;
}
