import { studentWithin } from "./seed-statistics.js";

/** One of the two lines, fitted by least squares. */
export interface Line {
  readonly points: number;
  readonly slope: number;
  /** One-sided: how often chance alone gives a slope as steep in the direction that is asked for. */
  readonly p: number;
}

export interface TwoLines {
  /** Below the break; does it rise? */
  readonly rise: Line;
  /** Above it; does it fall? */
  readonly fall: Line;
  /** The larger of the two p: a peak needs both. */
  readonly p: number;
}

/** So many points are tested by all orders of them, 5,040; of more, Student's t is close. */
const mostExact = 7;

/**
 * The two-lines test of Simonsohn (2018, "Two lines: a valid alternative to the invalid testing of U-shaped relationships
 * with quadratic regressions") for "first rises, then falls": a regression line on each side of a break, both of which
 * must be significant, with opposite signs. Neither a rank correlation nor a parabola tests that.
 *
 * His p are normal, with robust errors, for large samples. Here a line of up to seven points is tested exactly, against all
 * orders of its values, and one of more by Student's t. Four points on a side can be significant at 5 % (1/24), three not.
 * @param x where each value was taken
 * @param y the values
 * @param at the break, one of x
 * @param apart leaves the point at the break out of both lines, as one must where its value chose it; else it is in both
 * @returns null where a side has fewer than two different x
 */
export function twoLines(x: readonly number[], y: readonly number[], at: number, apart = false): TwoLines | null {
  const side = (within: (value: number) => boolean): [number[], number[]] => {
    const taken = x.flatMap((value, i) => (within(value) || (value === at && !apart) ? [i] : []));
    return [taken.map((i) => x[i]!), taken.map((i) => y[i]!)];
  };
  const rise = lineThrough(...side((value) => value < at));
  const [above, values] = side((value) => value > at);
  const mirrored = lineThrough(
    above,
    values.map((value) => -value),
  );
  if (!rise || !mirrored) return null;
  const fall = { ...mirrored, slope: -mirrored.slope };
  return { rise, fall, p: Math.max(rise.p, fall.p) };
}

/** The line, and how sure it is that it rises. */
function lineThrough(x: readonly number[], y: readonly number[]): Line | null {
  const n = x.length;
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / n;
  const [centreX, centreY] = [mean(x), mean(y)];
  const along = x.map((value) => value - centreX);
  const spread = along.reduce((sum, value) => sum + value * value, 0);
  if (n < 2 || !(spread > 0)) return null;
  const up = y.map((value) => value - centreY);
  const slope = product(along, up) / spread;
  if (n <= mostExact) return { points: n, slope, p: shareOfOrders(along, up) };
  const rest = up.reduce((sum, value, i) => sum + (value - slope * along[i]!) ** 2, 0);
  const t = slope / Math.sqrt(rest / (n - 2) / spread);
  const beyond = Number.isNaN(t) ? 0.5 : (1 - studentWithin(Math.abs(t), n - 2)) / 2;
  return { points: n, slope, p: t < 0 ? 1 - beyond : beyond };
}

/** How many of all orders of y give a slope at least as steep. */
function shareOfOrders(along: readonly number[], y: readonly number[]): number {
  const found = product(along, y);
  const rounding = 1e-10 * Math.sqrt(product(along, along) * product(y, y));
  const order = [...y];
  let [steep, all] = [0, 0];
  const permute = (first: number): void => {
    if (first === order.length) {
      all++;
      if (product(along, order) >= found - rounding) steep++;
      return;
    }
    for (let i = first; i < order.length; i++) {
      swap(order, first, i);
      permute(first + 1);
      swap(order, first, i);
    }
  };
  permute(0);
  return steep / all;
}

function swap(values: number[], i: number, j: number): void {
  [values[i], values[j]] = [values[j]!, values[i]!];
}

function product(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
