/** What several seeds say of a number: mean, and spread as the standard deviation of a sample (n − 1); null for one seed. */
export function meanAndSpread(values: readonly number[]): { mean: number; spread: number | null } {
  const n = values.length;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  if (n < 2) return { mean, spread: null };
  return { mean, spread: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1)) };
}

/** A difference and its 95 % interval. */
export interface Difference {
  mean: number;
  low: number;
  high: number;
}

/**
 * The mean of a − b over seeds, pair by pair, with Student's 95 % interval. A seed draws the same head and the same order
 * of batches on both sides, so that much of what it does cancels; with few seeds the interval is wide, as it should be.
 * @returns null for fewer than two seeds
 */
export function pairedDifference(a: readonly number[], b: readonly number[]): Difference | null {
  const { mean, spread } = meanAndSpread(a.map((value, i) => value - b[i]!));
  if (spread === null) return null;
  const half = (studentQuantile95(a.length - 1) * spread) / Math.sqrt(a.length);
  return { mean, low: mean - half, high: mean + half };
}

/** The t that 95 % of Student's distribution lie within, by bisection. @param degrees of freedom, from 1 */
export function studentQuantile95(degrees: number): number {
  let [low, high] = [0, 13];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (studentWithin(middle, degrees) < 0.95) low = middle;
    else high = middle;
  }
  return high;
}

/** P(|T| < t) for a whole number of degrees of freedom: Abramowitz and Stegun, 26.7.3 and 26.7.4. */
function studentWithin(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const cosine = Math.cos(angle);
  const odd = degrees % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let i = odd ? 3 : 2; i < degrees; i += 2) {
    term *= ((i - 1) / i) * cosine ** 2;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}
