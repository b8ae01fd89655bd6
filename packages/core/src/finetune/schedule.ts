/** How the learning rate goes from step to step: up during the warm-up, then along the curve of its kind. */
export interface Schedule {
  /** After the warm-up: stay, fall in a straight line, or fall along half a cosine (Loshchilov and Hutter 2017). */
  kind: ScheduleKind;
  /** Below 1 a fraction of all steps, from 1 on a number of steps. */
  warmup: number;
}

export const scheduleKinds = ["constant", "linear", "cosine"] as const;
export type ScheduleKind = (typeof scheduleKinds)[number];

/**
 * The rate of a step, as a fraction of the highest: a function of the step alone, so that a resumed run repeats it.
 *
 * With w warm-up steps out of T, step s = 0 … w−1 has (s + 1)/(w + 1). Then, with t = (s − w)/(T − w) in [0, 1): 1 for
 * constant, 1 − t for linear, (1 + cos πt)/2 for cosine. No step has rate 0, which would waste it; steps beyond T, of epochs
 * that have more than the first, have the last one's.
 * @param step from 0
 * @param total T
 * @throws {Error} for a warm-up that is negative, or no number
 */
export function rateFactor({ kind, warmup }: Schedule, step: number, total: number): number {
  const w = warmupSteps(warmup, total);
  if (step < w) return (step + 1) / (w + 1);
  const t = (Math.min(step, total - 1) - w) / (total - w);
  if (kind === "linear") return 1 - t;
  if (kind === "cosine") return (1 + Math.cos(Math.PI * t)) / 2;
  return 1;
}

function warmupSteps(warmup: number, total: number): number {
  if (!(warmup >= 0)) throw new Error(`warmup wants a number of at least 0, not ${warmup}`);
  return warmup < 1 ? Math.round(warmup * total) : Math.min(Math.round(warmup), total);
}
