import { Matrix } from "ml-matrix";
import { Breather } from "../engine/breather.js";
import { finetune } from "./flow.js";
import { measure, type Measures } from "./measures.js";
import { probe } from "./probing.js";
import { shown } from "../given/words.js";
import { drawTask, longestHead, type TaskOptions } from "./setup.js";

export interface RunOptions extends Omit<TaskOptions, "seed"> {
  /** times of head probing, Infinity for its end */
  taus: readonly number[];
  /**
   * factors on the head that probing ends with, to fine-tune from as well: heads of one direction, which differ in energy
   * and length alone. Default: none.
   */
  scales?: readonly number[];
  /** tasks to draw: seeds 0, 1, … */
  seeds: number;
  /** standard deviation of out-of-distribution inputs off the training span; training inputs have 1 in it, 0 off it */
  ood: number;
  signal?: AbortSignal;
  /** after every fine-tuning run, with the number done so far */
  onProgress?: (done: number) => void;
}

/** One start over all seeds. */
export interface Averages {
  /** over seeds */
  mean: Measures;
  /** of the mean; null for a single seed */
  standardError: Measures | null;
  /** by seed */
  runs: Measures[];
}

export interface Row extends Averages {
  tau: number;
}

/** The head that probing ends with, v_∞, times `scale`. */
export interface ScaledRow extends Averages {
  scale: number;
}

export interface TheoryResults {
  /** in the order of the taus given */
  rows: Row[];
  /** in the order of the scales given */
  scaled: ScaledRow[];
  /** fine-tuning runs that were cut off before they came to rest */
  unfinished: number;
}

/** The method tau by tau: draw a task per seed, probe its head for each tau, fine-tune from there, measure. */
export async function run(options: RunOptions): Promise<TheoryResults> {
  const { taus, scales = [], seeds, ood, signal, onProgress, ...sizes } = options;
  requireRun(options);
  const runs: Measures[][] = [...taus, ...scales].map(() => []);
  const breather = new Breather();
  let [done, unfinished] = [0, 0];
  for (let seed = 0; seed < seeds; seed++) {
    const task = drawTask({ ...sizes, seed });
    const headAt = probe(task);
    const heads = [...taus.map(headAt), ...scales.map((scale) => Matrix.mul(headAt(Infinity), scale))];
    for (const [i, v] of heads.entries()) {
      await breather.breathe();
      signal?.throwIfAborted();
      const probed = { B: task.start.B, v };
      const finetuned = finetune(task, probed);
      runs[i]!.push(measure(task, probed, finetuned, ood));
      if (!finetuned.converged) unfinished++;
      onProgress?.(++done);
    }
  }
  return {
    rows: taus.map((tau, i) => ({ tau, ...summarise(runs[i]!) })),
    scaled: scales.map((scale, i) => ({ scale, ...summarise(runs[taus.length + i]!) })),
    unfinished,
  };
}

/** @throws {RangeError} for numbers that there is no task or no head of */
function requireRun({ taus, scales = [], seeds, ood }: RunOptions): void {
  const wrong = (name: string, wants: string, value: unknown): RangeError =>
    new RangeError(`${name} wants ${wants}, not ${shown(value)}`);
  if (!Number.isSafeInteger(seeds) || seeds < 1) throw wrong("seeds", "a whole number of at least 1", seeds);
  if (!(ood >= 0 && ood < Infinity)) throw wrong("ood", "a number of at least 0", ood);
  if (!Array.isArray(taus) || !taus.every((tau) => tau >= 0))
    throw wrong("taus", "a list of times of at least 0", taus);
  if (!Array.isArray(scales) || !scales.every((scale) => Math.abs(scale) <= longestHead))
    throw wrong("scales", `a list of factors of at most ${longestHead}`, scales);
}

function summarise(runs: Measures[]): Averages {
  const over = (measured: (values: number[]) => number): Measures => {
    const names = Object.keys(runs[0]!) as (keyof Measures)[];
    return Object.fromEntries(
      names.map((name) => [name, measured(runs.map((one) => one[name]))]),
    ) as unknown as Measures;
  };
  return { mean: over(mean), standardError: runs.length > 1 ? over(standardError) : null, runs };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardError(values: readonly number[]): number {
  const centre = mean(values);
  const square = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(square / (values.length - 1) / values.length);
}
