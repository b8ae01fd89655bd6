import { Breather } from "./breather.js";
import { augmented } from "./augmentation/index.js";
import { DivergedError } from "./errors.js";
import { createTrainer, type TrainingSetup } from "./finetune.js";
import { batches, imageTensor, pick } from "./images.js";
import { epochOrder } from "./random.js";

export interface RangeTestOptions extends TrainingSetup {
  /** The lowest and the highest rate to try. */
  from: number;
  to: number;
  /** Default 48. */
  steps?: number;
  onStep?: (step: number, rate: number) => void;
  signal?: AbortSignal;
}

export interface RangeTest {
  /** The one to train with. */
  rate: number;
  /** Rates tried, ascending; where the loss exploded, those above are missing. */
  rates: number[];
  /** The training loss at each, smoothed. */
  losses: number[];
}

/**
 * Learning-rate range test (Smith 2017): a short training run in which the rate climbs geometrically from step to step,
 * on batches in a seeded order, from the given head. It trains weights of its own: nothing is left changed.
 *
 * The loss is smoothed by an exponential average (0.8, bias-corrected). The test ends where that average lies ln k, the
 * loss of guessing, above its lowest. `pickRate` then chooses.
 */
export async function rangeTest(options: RangeTestOptions): Promise<RangeTest> {
  const { from, to, steps = 48, classes } = options;
  const { trainer } = await createTrainer(options);
  const curve = { rates: [] as number[], losses: [] as number[] };
  const breather = new Breather();
  try {
    let average = 0;
    for await (const { feeds, labels } of endlessBatches(options)) {
      const step = curve.rates.length;
      if (step === steps) break;
      options.signal?.throwIfAborted();
      const rate = from * (to / from) ** (step / (steps - 1));
      const { loss } = await trainer.step(feeds, labels, rate);
      average = smoothing * average + (1 - smoothing) * loss;
      const smoothed = average / (1 - smoothing ** (step + 1));
      if (smoothed > Math.min(...curve.losses) + Math.log(classes)) break;
      curve.rates.push(rate);
      curve.losses.push(smoothed);
      options.onStep?.(step + 1, rate);
      await breather.breathe();
    }
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
  } finally {
    await trainer.release();
  }
  return { rate: pickRate(curve.rates, curve.losses, classes) ?? from, ...curve };
}

const smoothing = 0.8;

/** Losses this fraction of ln k above the lowest are as good: batches differ by that much. */
const level = 0.02;

/** The rate of the lowest loss is the edge of what is stable; the customary distance from it. */
const distance = 10;

/**
 * A tenth of the highest rate whose smoothed loss is still level with the lowest, within 0.02 ln k. Where the curve has a
 * valley, that is the customary "minimum divided by 10"; where it is flat until it explodes, as behind a head that fits
 * already, it keeps the same distance from the explosion.
 * @returns undefined without rates
 */
export function pickRate(rates: readonly number[], losses: readonly number[], classes: number): number | undefined {
  const limit = Math.min(...losses) + level * Math.log(classes);
  const edge = losses.findLastIndex((loss) => loss <= limit);
  return edge < 0 ? undefined : rates[edge]! / distance;
}

/** Training batches, epoch after epoch, in an order of their own. */
async function* endlessBatches(setup: TrainingSetup) {
  const { engine, backbone, seed, augment = [], batch } = setup;
  for (let epoch = 1; ; epoch++) {
    const images = augmented(setup.images, augment, seed, epoch);
    for (const indices of batches(epochOrder(images.count, seed, "range test", epoch), batch))
      yield {
        feeds: { [backbone.inputName]: await imageTensor(engine, backbone, images, indices) },
        labels: pick(images.labels, indices),
      };
  }
}
