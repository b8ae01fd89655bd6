/** The few statistics that the benchmarks and the study print. */
import { random } from "@taskhead/core/internals";

/** The upper one of the two in the middle, where the count is even. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

export function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** The slope of log y against log x, least squares. */
export function growth(xs: readonly number[], ys: readonly number[]): number {
  const [lx, ly] = [xs.map(Math.log), ys.map(Math.log)];
  const [mx, my] = [mean(lx), mean(ly)];
  const covariance = lx.reduce((sum, x, i) => sum + (x - mx) * (ly[i]! - my), 0);
  return covariance / lx.reduce((sum, x) => sum + (x - mx) ** 2, 0);
}

/**
 * A statistic of as many items drawn with replacement, many times over (Efron 1979), ascending.
 * @param statistic null where it does not exist for what was drawn: such draws are left out
 */
export function bootstrap<T>(
  items: readonly T[],
  resamples: number,
  statistic: (drawn: readonly T[]) => number | null,
): number[] {
  const rng = random(0, "bootstrap");
  const found: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const value = statistic(items.map(() => items[rng.integer(0, items.length - 1)]!));
    if (value !== null) found.push(value);
  }
  return found.sort((a, b) => a - b);
}

/** The value that a share `q` of them lie below. @param ascending as `bootstrap` gives them */
export function quantile(ascending: readonly number[], q: number): number {
  return ascending[Math.round(q * (ascending.length - 1))]!;
}
