import { adamw, meanSquaredError, sgd, trainingStep, type Loss, type TrainingStep } from "@taskhead/autograd";
import { meanSquareNorm } from "../measures/adaptation.js";
import type { Backbone } from "../backbone/backbone.js";
import { Breather } from "../engine/breather.js";
import { openOptimiser, type Optimiser } from "./converge.js";
import { convergeByValidation } from "./penalty.js";
import type { Engine } from "../engine/engine.js";
import { DivergedError } from "../engine/errors.js";
import { linearHead, logitsOf, type Head } from "../heads/index.js";
import { inOrder } from "../data/samples.js";
import { unitCount } from "../data/targets.js";
import type { Objective } from "../objectives/objective.js";
import { ProbeEvaluation, type CachedSet } from "./probe-evaluation.js";
import { measure, validationScoreOf, type ProbeStop } from "./probe-stop.js";
import { probeNetwork, type ProbeNetwork } from "./probe-network.js";
import { openProbeTrainer, type ProbeTrainer } from "./probe-trainer.js";
import { epochOrder } from "../data/random.js";
import { compareTaus, isOptimum, measuredTaus, stepOf, type Optimum, type Tau } from "./taus.js";
import type { Weights } from "../engine/weights.js";

export interface CachedProbeOptions {
  engine: Engine;
  objective: Objective;
  train: CachedSet;
  validation?: CachedSet;
  /** How many numbers a sample the head reads: h, or the width of the blocks. */
  width: number;
  /** The last tau that counts epochs. */
  epochs: number;
  /** Taus to measure besides those of `measuredTaus`, up to `epochs`; optima only if they are among them. */
  taus?: readonly Tau[];
  /** The strength of the L2 penalty of `converged`, as `Convergence` has it. Default: what the validation score chooses. */
  penalty?: number;
  batch: number;
  seed: number;
  /** Default: the linear head. */
  architecture?: Head;
  /**
   * Reinitialised blocks of the backbone (`splitBackbone`), probed with the head, to which they belong: the features are
   * then what they read.
   */
  blocks?: Backbone;
  /** Default `ce`, the objective's own loss; `mse`: squared error on one-hot targets, for classification alone. */
  loss?: "ce" | "mse";
  /** Default `sgd` with momentum; `adamw` with PyTorch's constants, whose steps have a length of their own. */
  optimizer?: "sgd" | "adamw";
  /** For all parameters alike. Default: a rate fitted to the features' scale, see `autoRate`; of adamw 0.001. */
  learningRate?: number;
  /** Of sgd. Default 0.9. */
  momentum?: number;
  /** Label smoothing ε: of classes, targets (1−ε)e_y + ε/k; of labels, (1−ε)y + ε/2. Default 0. */
  smoothing?: number;
  onStop?: (stop: ProbeStop) => void;
  /** Called in every iteration towards an optimum. */
  onIteration?: (iteration: number, gradientNorm: number) => void;
  signal?: AbortSignal;
}

/**
 * For a loss that bends as cross-entropy does; the step on the logits is about this, whatever the features' scale. With
 * momentum 0.9 a full batch is stable up to about 7. On four tasks (CIFAR-10 and sign-digits, three backbones) 2 came as far in
 * 16 epochs as 0.5 in 64, and nothing diverged up to 8, where small batches begin to be heard.
 */
const autoRate = 2;

/** PyTorch's default, at which every weight moves by about as much in a step, whatever the features' scale. */
const autoRateOfAdamw = 1e-3;

/** Steps of the same length relative to the loss's valley: shorter where it bends more, longer where it is spread thin. */
function autoRateOf({ objective, loss, optimizer }: CachedProbeOptions): number {
  if (optimizer === "adamw") return autoRateOfAdamw;
  // ½‖q − t‖² bends by 1.
  const curvature = loss === "mse" ? 1 : objective.curvature;
  return (autoRate * (1 / 4)) / curvature;
}

/** Of the numbers in all heads together, beyond which only every power of two of the taus is kept: 256 MB. */
const mostKept = 2 ** 26;

/**
 * Head probing: trains a head on cached features by mini-batches, the backbone untouched, and keeps the head at every
 * measured tau, from tau = 0 (random) to `epochs`, and at the optima
 * that are asked for. The last batch of an epoch may be
 * smaller; it counts as well. With `blocks`, those are trained too, from a random start, on their cached input.
 *
 * The auto rate is c = 2 for biases and c / mean‖x‖² for weights, x what they multiply: the features, or hidden units
 * of mean square 1 as He's rule keeps them. A step then moves the logits by the same amount whether features are long or
 * short. That is for losses that bend as much as cross-entropy, at most ¼ along a logit; for others c is in proportion.
 * @throws {DivergedError} if the loss stops being finite.
 */
export async function probeCached(given: CachedProbeOptions): Promise<ProbeStop[]> {
  // Steps of a head are microseconds of work.
  const options = { ...given, engine: given.engine.processor };
  const { engine, objective, train, batch, seed, architecture: head = linearHead() } = options;
  const network = probeNetwork({ ...options, head, outputs: objective.outputs });
  const evaluation = await ProbeEvaluation.open({ engine, objective, train: train.features, batch, seed }, network);
  try {
    const { initial, scale } = await randomStart(options, network, evaluation);
    const graph = await stepGraph(options, network, initial, scale);
    const trainer = await openProbeTrainer(engine, graph, network, train, { batch, seed });
    try {
      return await probeWith({ options, network, evaluation, trainer });
    } finally {
      await trainer.release();
    }
  } finally {
    await evaluation.release();
  }
}

/** A probing under way. */
interface Probing {
  options: CachedProbeOptions;
  network: ProbeNetwork;
  evaluation: ProbeEvaluation;
  trainer: ProbeTrainer;
}

/** Random weights, and the mean square norm of what the head then reads. */
async function randomStart(
  { train, width, blocks }: CachedProbeOptions,
  network: ProbeNetwork,
  evaluation: ProbeEvaluation,
) {
  const layout = network.head.map ?? width;
  const scale =
    (blocks
      ? await evaluation.headInputScale(await evaluation.withStatistics(network.initial(1)), train.features, layout)
      : meanSquareNorm(train.features, layout)) || 1;
  return { initial: network.initial(scale), scale };
}

async function stepGraph(
  options: CachedProbeOptions,
  network: ProbeNetwork,
  initial: Weights,
  scale: number,
): Promise<TrainingStep> {
  const { engine, momentum = 0.9, learningRate, optimizer = "sgd" } = options;
  const fitted = learningRate === undefined && optimizer === "sgd";
  return trainingStep(network.trainingModel(initial), {
    loss: lossOf(options),
    optimizer: optimizer === "sgd" ? sgd({ momentum, weightDecay: 0 }) : adamw(),
    trainable: network.parameters,
    rateMultiplier: fitted ? network.rateMultiplier(scale) : undefined,
    engine: engine.name,
    channelBlock: await engine.channelBlock(),
  });
}

/** Optima of the probing loss that is asked for. */
export function openProbingOptimiser(
  options: CachedProbeOptions,
  network: ProbeNetwork,
  example: Weights,
): Promise<Optimiser> {
  const { train, objective } = options;
  return openOptimiser(network, example, { ...options, ...train, loss: lossOf(options), weight: objective.weight });
}

function lossOf({ objective, loss = "ce", smoothing = 0 }: CachedProbeOptions): Loss {
  return loss === "mse" ? meanSquaredError({ logits: "logits", smoothing }) : objective.loss({ smoothing });
}

async function probeWith(probing: Probing): Promise<ProbeStop[]> {
  const { options, trainer } = probing;
  const perEpoch = Math.ceil(unitCount(options.train.targets) / options.batch);
  const due = schedule(options, probing.network, perEpoch);
  const stops: ProbeStop[] = [];
  const stopHere = async (epoch: number): Promise<void> => {
    while (due[stops.length]?.step === trainer.steps) await keep(probing, stops, due[stops.length]!.tau, epoch);
  };
  const untilStop = () => (due[stops.length]?.step ?? Infinity) - trainer.steps;
  await stopHere(0);
  for (let epoch = 1; epoch <= options.epochs; epoch++)
    await trainEpoch(probing, epoch, untilStop, () => stopHere(epoch));
  const optima = [...new Set(options.taus?.filter(isOptimum))].sort(compareTaus);
  if (optima.length > 0) await keepOptima(probing, stops, optima);
  return stops;
}

/** The taus that count epochs, ascending, each with the step after which it is measured. */
function schedule(
  options: CachedProbeOptions,
  network: ProbeNetwork,
  perEpoch: number,
): { tau: number; step: number }[] {
  const { epochs, taus = [] } = options;
  const numbers = [...network.initial(1).values()].reduce((sum, data) => sum + data.length, 0);
  const asked = taus.filter((tau) => typeof tau === "number");
  const measured = measuredTaus(epochs, perEpoch, numbers * epochs <= mostKept);
  return [...new Set([...measured, ...asked])]
    .filter((tau) => tau <= epochs)
    .sort((a, b) => a - b)
    .map((tau) => ({ tau, step: stepOf(tau, perEpoch) }));
}

/** Steps in one call at most: so that a long epoch can be stopped within it, and targets of many outputs fit in memory. */
const mostSteps = (batch: number, outputs: number): number => Math.min(256, Math.ceil(2 ** 23 / (batch * outputs)));

/** One epoch; `untilStop` says how many steps from here a head is to be measured. */
async function trainEpoch(
  probing: Probing,
  epoch: number,
  untilStop: () => number,
  afterSteps: () => Promise<void>,
): Promise<void> {
  const { options, trainer } = probing;
  const { train, objective, batch, seed, learningRate = autoRateOf(options), signal } = options;
  const breather = new Breather();
  const order = inOrder(epochOrder(unitCount(train.targets), seed, "probe", epoch), batch);
  for (let from = 0; from < order.length;) {
    signal?.throwIfAborted();
    const next = order.slice(
      from,
      from + Math.min(mostSteps(batch, logitsOf(probing.network.head, objective.outputs)), untilStop()),
    );
    const equal = next.filter((b) => b.length === next[0]!.length);
    try {
      await trainer.train(equal, learningRate);
    } catch (error) {
      throw error instanceof DivergedError ? error.inEpoch(epoch) : error;
    }
    from += equal.length;
    await afterSteps();
    await breather.breathe();
  }
}

/** Measures the head as it is now and keeps it. */
async function keep(probing: Probing, stops: ProbeStop[], tau: number, epoch: number): Promise<void> {
  const { options, network, evaluation, trainer } = probing;
  const head = await evaluation.withStatistics(await trainer.parameters());
  const stop = await measure(evaluation, options, network.head, tau, head);
  if (!Number.isFinite(stop.loss)) throw new DivergedError(stop.loss, trainer.steps, epoch);
  stops.push(stop);
  options.onStop?.(stop);
}

/** Goes on from the last tau that counts epochs to each of the optima. */
async function keepOptima(probing: Probing, stops: ProbeStop[], optima: readonly Optimum[]): Promise<void> {
  const { options, network, evaluation } = probing;
  const { train, validation, penalty } = options;
  const { head: start } = stops.at(-1)!;
  const optimiser = await openProbingOptimiser(options, network, start);
  const choice = {
    convex: network.convex,
    samples: unitCount(train.targets),
    score: (weights: Weights) => validationScoreOf(evaluation, { validation }, weights),
  };
  try {
    for (const tau of optima) {
      const { weights, convergence } = await (tau === "converged" && penalty === undefined
        ? convergeByValidation(optimiser, start, choice)
        : optimiser.minimise(start, tau === "converged" ? penalty! : 0));
      const stop = { ...(await measure(evaluation, options, network.head, tau, weights)), convergence };
      stops.push(stop);
      options.onStop?.(stop);
    }
  } finally {
    await optimiser.release();
  }
}
