import type { Backbone } from "../backbone/backbone.js";
import { Ahead } from "../data/ahead.js";
import { epochOrder } from "../data/random.js";
import { selected, upTo, type Samples } from "../data/samples.js";
import { pickTargets, targetTensor } from "../data/targets.js";
import { Breather } from "../engine/breather.js";
import { DivergedError } from "../engine/errors.js";
import type { StepResult } from "../engine/trainer.js";
import type { Data } from "../probe/data.js";
import { createTrainer, isAdaptive, type TrainingOptions } from "./training-setup.js";

export interface RangeTestOptions extends TrainingOptions {
  /** The lowest and the highest rate to try, for gradients that nothing clips. */
  from: number;
  to: number;
  /** Default 25. */
  steps?: number;
  /** Which of several tests of one head, from 0: each has batches of its own. Default 0. */
  test?: number;
  onStep?: (step: number, rate: number) => void;
  signal?: AbortSignal;
}

export interface RangeTest {
  /** The one to train with. */
  rate: number;
  /** Rates tried, ascending; where the loss exploded, those above are missing. */
  rates: number[];
  /** How far the training loss was then from where it began, smoothed; below 0 is better. */
  changes: number[];
  /** Whether the loss was still at its lowest at the highest rate that was to be tried: higher ones may be as good. */
  atTop: boolean;
}

/**
 * Learning-rate range test (Smith 2017): a short training run in which the rate climbs geometrically from step to step,
 * on a few batches, drawn by the seed, in turn. It trains weights of its own: nothing is left changed.
 *
 * Batches differ by more than a step does, so that each step's loss is taken relative to the same batch's loss at the
 * start. The change is smoothed by an exponential average (0.8, bias-corrected); the test ends where that lies the loss of
 * guessing (ln k for classes) above its lowest. `pickRate` then chooses.
 *
 * Where gradients are clipped, by their norm G at the start to c, steps of sgd are shorter by c/G: the rates to try are
 * larger by as much. Steps of an optimizer that keeps second moments have a length of their own.
 */
export async function rangeTest(
  backbone: Backbone,
  data: Pick<Data, "engine" | "objective" | "train">,
  options: RangeTestOptions,
): Promise<RangeTest> {
  const { from, to, steps = 25, onStep, signal } = options;
  const { engine, objective } = data;
  const samples = drawn(data, options);
  const { trainer, feeds, sets } = await createTrainer(backbone, data, options, [samples]);
  const order = samples.batches(upTo(samples.count), options.batch);
  const breather = new Breather();
  const batches = new Ahead(order.length + steps, async (i) => {
    const indices = order[i % order.length]!;
    const target = targetTensor(engine, pickTargets(samples.targets, indices));
    return { ...(await feeds(sets[0]!, indices)), target };
  });
  let taken = 0;
  /** On the next batch in turn. */
  const step = async (rate: number): Promise<StepResult> => {
    signal?.throwIfAborted();
    await breather.breathe();
    const fed = await batches.take(taken++);
    return trainer.step(fed, rate, () => batches.begin(taken));
  };
  const rates: number[] = [];
  const changes: number[] = [];
  let lowest = from;
  try {
    const start = await trainer.save();
    const still: StepResult[] = [];
    for (let i = 0; i < order.length; i++) still.push(await step(0));
    const times = timesShorter(options, still);
    lowest = times * from;
    // At rate 0 too, momentum and running statistics have moved.
    await trainer.load(start);
    for (let i = 0, average = 0; i < steps; i++) {
      const rate = times * from * (to / from) ** (i / (steps - 1));
      const change = (await step(rate)).loss - still[i % still.length]!.loss;
      average = smoothing * average + (1 - smoothing) * change;
      const smoothed = average / (1 - smoothing ** (i + 1));
      if (smoothed > Math.min(...changes) + objective.guess) break;
      rates.push(rate);
      changes.push(smoothed);
      onStep?.(i + 1, rate);
    }
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
  } finally {
    await trainer.release();
  }
  const atTop = rates.length === steps && edgeOf(changes, objective.guess) === steps - 1;
  return { rate: pickRate(rates, changes, objective.guess, marginOf(options)) ?? lowest, rates, changes, atTop };
}

/** How much clipping shortens the first steps of sgd, on average over batches; 1 where it does not. */
function timesShorter(options: TrainingOptions, still: readonly StepResult[]): number {
  const { clipNorm } = options;
  if (clipNorm === undefined || isAdaptive(options)) return 1;
  const norms = still.flatMap(({ gradientNorm }) => gradientNorm ?? []);
  if (norms.length === 0) return 1;
  return norms.reduce((sum, norm) => sum + Math.max(1, norm / clipNorm), 0) / norms.length;
}

const smoothing = 0.8;

/** How many batches take turns: few, so that each is met again soon, and what the rate does shows over what batches do. */
const turns = 4;

/** Losses this fraction of the loss of guessing above the lowest are as good. */
const level = 0.02;

/**
 * The rate of the lowest loss is the edge of what is stable; how many times below it to train, at a rate that comes down.
 * Customary is 10, for training from scratch. Fine-tuning has few epochs, in which a tenth hardly moves the features. Clipped
 * steps of sgd cannot explode, and need hardly any. An adaptive optimizer has its edge further up in a test than in a run: its
 * averages are still of few gradients. docs/training.md has what was measured.
 */
function marginOf(options: TrainingOptions): number {
  if (isAdaptive(options)) return 10;
  return options.clipNorm === undefined ? 2.5 : 1.25;
}

/**
 * A margin below the highest rate at which the loss is still level with its lowest, within 0.02 of the loss of guessing. Where
 * the curve has a valley, that is its bottom less the margin; where it is flat until it explodes, as behind a head that fits
 * already, it keeps the same distance from the explosion.
 * @param losses smoothed, one for each rate, counted from anywhere
 * @param guess the loss of guessing: ln k for classes
 * @param margin how many times below
 * @returns undefined without rates
 */
export function pickRate(
  rates: readonly number[],
  losses: readonly number[],
  guess: number,
  margin = 2.5,
): number | undefined {
  const edge = edgeOf(losses, guess);
  return edge < 0 ? undefined : rates[edge]! / margin;
}

/** The last of the losses that are as good as the lowest; −1 without any. */
function edgeOf(losses: readonly number[], guess: number): number {
  const limit = Math.min(...losses) + level * guess;
  return losses.findLastIndex((loss) => loss <= limit);
}

/** The first samples of an epoch that is the test's own, as fine-tuning would feed them. */
function drawn({ train }: Pick<Data, "train">, { batch, seed, test = 0 }: RangeTestOptions): Samples {
  const order = epochOrder(train.count, seed, "range test", test);
  return selected(train.inEpoch?.(test, seed) ?? train, order.slice(0, turns * batch));
}

/** What tests that did not come to an end of what is stable leave open, as the end of a sentence. */
export function boundOf(tests: readonly Pick<RangeTest, "atTop">[]): string {
  return tests.some(({ atTop }) => atTop)
    ? ", whose loss still fell at the highest rate tried: a higher one may do better"
    : "";
}
