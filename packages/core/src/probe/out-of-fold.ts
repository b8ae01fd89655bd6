import { rows } from "../data/cached-values.js";
import type { Groups } from "../data/deal-groups.js";
import { foldsOf, split } from "../data/split.js";
import { pickTargets, targetCount } from "../data/targets.js";
import type { Engine } from "../engine/engine.js";
import type { Weights } from "../engine/weights.js";
import { linearHead } from "../heads/linear.js";
import type { Objective } from "../objectives/objective.js";
import { openOptimiser, type Optimiser } from "./converge.js";
import { ProbeEvaluation } from "./probe-evaluation.js";
import { probeNetwork, type ProbeNetwork } from "./probe-network.js";
import type { CachedSet } from "./probe-evaluation.js";

export interface OutOfFoldOptions {
  engine: Engine;
  /** One whose loss is convex in the logits, as all here are. */
  objective: Objective;
  /** Features [N, h] with their targets. */
  samples: CachedSet;
  /** They choose the strength of the L2 penalty, where none is given. */
  validation: CachedSet;
  /** Of the L2 penalty, as `Convergence` has it. */
  strength?: number;
  /** How many. */
  folds: number;
  seed: number;
  /** Equal for samples that are the same: a copy in another fold would give a label away. Default: all differ. */
  keys?: readonly string[];
  /** Equal for samples of one group, likewise. Default: no groups. */
  groups?: Groups;
  /** Called after every fold. */
  onFold?: (done: number) => void;
  signal?: AbortSignal;
}

/** What heads say of samples that they were not trained on. */
export interface OutOfFold {
  /** q of the samples that could be judged, a row each. */
  logits: Float32Array;
  /** Which they are, ascending: all but those whose class no other fold has a sample of. */
  judged: number[];
  /** Of the L2 penalty. */
  strength: number;
}

/**
 * Numbers in the features that a head is trained on, at most: 256 MB as float64. Of more a part is taken, of every class
 * alike, so that time and memory stay bounded whatever the size of the training set.
 */
const mostNumbers = 2 ** 25;

/**
 * Towards each optimum. Of banking77's 1,600 texts 66 are doubted after 100 and 65 of these after 200, the first fifty alike, in half
 * the time.
 */
const mostIterations = 100;

/** Decades, of which the first is taken whose next one has no lower loss on the validation samples. */
const strengths = [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5];

/** So many iterations go by between two looks at the signal. */
const iterationsBetween = 16;

/**
 * Cross-fitting: a linear head for each fold, trained on the others to the optimum with an L2 penalty, answers for the
 * fold. The first fold's head chooses the strength, by the loss on the validation samples and not by their score as
 * `converged` does: what counts here are probabilities, and of heads that are right equally often the strongest penalty
 * would be taken, with the flattest of them. Nothing in it is random but the folds, which depend on the seed.
 */
export async function outOfFold(given: OutOfFoldOptions): Promise<OutOfFold> {
  const options = { ...given, engine: given.engine.processor };
  const { engine, objective, samples, seed, folds, keys, groups, onFold, signal } = options;
  const width = samples.features.length / targetCount(samples.targets);
  const head = linearHead({ start: { kind: "zeros" } });
  const network = probeNetwork({ head, width, outputs: objective.outputs, seed });
  const evaluation = await ProbeEvaluation.open(
    { engine, objective, train: samples.features, batch: 1, seed },
    network,
  );
  const logits: Float32Array[] = [];
  const judged: number[] = [];
  let { strength } = options;
  try {
    const all = foldsOf(samples.targets, folds, seed, keys, groups);
    for (const [i, fold] of all.entries()) {
      signal?.throwIfAborted();
      const trained = all.flatMap((other) => (other === fold ? [] : other)).sort((a, b) => a - b);
      const train = trainedOn(samples, width, trained, seed);
      const own = judgeable(samples, fold, train);
      if (own.length > 0) {
        const found = await withOptimiser(network, train, options, (optimiser) =>
          optimum({ network, evaluation, optimiser, strength }, options),
        );
        strength = found.strength;
        judged.push(...own);
        logits.push(await answers(evaluation, found.weights, rows(samples.features, width, own)));
      }
      onFold?.(i + 1);
    }
  } finally {
    await evaluation.release();
  }
  return { ...inOrder(logits, judged, objective.outputs), strength: strength ?? 0 };
}

async function answers(evaluation: ProbeEvaluation, weights: Weights, features: Float32Array): Promise<Float32Array> {
  return Float32Array.from((await evaluation.run(weights, features)).logits);
}

/** The samples of other folds, or as many of them as are affordable. */
function trainedOn(
  { features, targets }: CachedSet,
  width: number,
  trained: readonly number[],
  seed: number,
): CachedSet {
  const most = Math.max(2, Math.floor(mostNumbers / width));
  const fraction = most / trained.length;
  const chosen =
    fraction >= 1
      ? trained
      : split(pickTargets(targets, trained), fraction, seed).validation.map((place) => trained[place]!);
  return { features: rows(features, width, chosen), targets: pickTargets(targets, chosen) };
}

/** A head that has never met a class says nothing of its samples. */
function judgeable({ targets }: CachedSet, fold: readonly number[], train: CachedSet): number[] {
  if (!(targets.data instanceof Int32Array)) return [...fold];
  const met = new Set(train.targets.data);
  return fold.filter((n) => met.has(targets.data[n]!));
}

async function withOptimiser<T>(
  network: ProbeNetwork,
  train: CachedSet,
  { engine, objective, signal }: OutOfFoldOptions,
  use: (optimiser: Optimiser) => Promise<T>,
): Promise<T> {
  const optimiser = await openOptimiser(network, startOf(network), {
    engine,
    loss: objective.loss(),
    weight: objective.weight,
    ...train,
    onIteration: (iteration) => void (iteration % iterationsBetween === 0 && signal?.throwIfAborted()),
  });
  try {
    return await use(optimiser);
  } finally {
    await optimiser.release();
  }
}

interface Fitting {
  network: ProbeNetwork;
  evaluation: ProbeEvaluation;
  optimiser: Optimiser;
  strength: number | undefined;
}

async function optimum(
  { network, evaluation, optimiser, strength }: Fitting,
  { validation, objective }: OutOfFoldOptions,
): Promise<{ weights: Weights; strength: number }> {
  const start = startOf(network);
  if (strength !== undefined) return { ...(await optimiser.minimise(start, strength, mostIterations)), strength };
  let best: { weights: Weights; strength: number; loss: number } | undefined;
  for (const next of strengths) {
    const { weights } = await optimiser.minimise(best?.weights ?? start, next, mostIterations);
    const outputs = await evaluation.run(weights, validation.features);
    const { loss } = objective.measure(outputs, validation.targets);
    if (best && !(loss < best.loss)) break;
    best = { weights, strength: next, loss };
  }
  return best!;
}

/** Zeros: an optimum is the same from every start, and no fold's head begins with what another has learned. */
function startOf(network: ProbeNetwork): Weights {
  return network.initial(1);
}

/** Answers of one fold after another, by sample. */
function inOrder(parts: readonly Float32Array[], judged: readonly number[], k: number): Omit<OutOfFold, "strength"> {
  const order = judged.map((_, place) => place).sort((a, b) => judged[a]! - judged[b]!);
  const all = new Float32Array(judged.length * k);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return { logits: rows(all, k, order), judged: order.map((place) => judged[place]!) };
}
