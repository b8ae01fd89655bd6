import { Breather } from "../engine/breather.js";
import { finetune } from "./flow.js";
import { measure, type Measures } from "./measures.js";
import { probe } from "./probing.js";
import { drawTask, type TaskOptions } from "./setup.js";

export interface RunOptions extends Omit<TaskOptions, "seed"> {
  /** times of head probing, Infinity for its end */
  taus: readonly number[];
  /** tasks to draw: seeds 0, 1, … */
  seeds: number;
  /** standard deviation of out-of-distribution inputs off the training span; training inputs have 1 in it, 0 off it */
  ood: number;
  signal?: AbortSignal;
  /** after every fine-tuning run, with the number done so far */
  onProgress?: (done: number) => void;
}

/** One tau over all seeds. */
export interface Row {
  tau: number;
  /** over seeds */
  mean: Measures;
  /** of the mean; null for a single seed */
  standardError: Measures | null;
  /** by seed */
  runs: Measures[];
}

export interface TheoryResults {
  /** in the order of the taus given */
  rows: Row[];
  /** fine-tuning runs that were cut off before they came to rest */
  unfinished: number;
}

/** The method tau by tau: draw a task per seed, probe its head for each tau, fine-tune from there, measure. */
export async function run({ taus, seeds, ood, signal, onProgress, ...sizes }: RunOptions): Promise<TheoryResults> {
  const runs: Measures[][] = taus.map(() => []);
  const breather = new Breather();
  let [done, unfinished] = [0, 0];
  for (let seed = 0; seed < seeds; seed++) {
    const task = drawTask({ ...sizes, seed });
    const headAt = probe(task);
    for (const [i, tau] of taus.entries()) {
      await breather.breathe();
      signal?.throwIfAborted();
      const probed = { B: task.start.B, v: headAt(tau) };
      const finetuned = finetune(task, probed);
      runs[i]!.push(measure(task, probed, finetuned, ood));
      if (!finetuned.converged) unfinished++;
      onProgress?.(++done);
    }
  }
  return { rows: taus.map((tau, i) => summarise(tau, runs[i]!)), unfinished };
}

function summarise(tau: number, runs: Measures[]): Row {
  const over = (measured: (values: number[]) => number): Measures => {
    const names = Object.keys(runs[0]!) as (keyof Measures)[];
    return Object.fromEntries(
      names.map((name) => [name, measured(runs.map((one) => one[name]))]),
    ) as unknown as Measures;
  };
  return { tau, mean: over(mean), standardError: runs.length > 1 ? over(standardError) : null, runs };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardError(values: readonly number[]): number {
  const centre = mean(values);
  const square = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(square / (values.length - 1) / values.length);
}
