/** How a measure behaves as another grows. */
export type Trend = "grows" | "falls" | "grows, then falls" | "falls, then grows" | "flat" | "neither";

/** Moves against the trend by less than this share of the whole range do not count. */
const SLACK = 0.02;

/** Names the trend of values in the order of what grows. */
export function trend(values: readonly number[]): Trend {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const slack = SLACK * (high - low);
  if (high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high))) return "flat";
  if (rises(values, slack)) return "grows";
  if (rises(negated(values), slack)) return "falls";
  if (turns(values, slack)) return "grows, then falls";
  if (turns(negated(values), slack)) return "falls, then grows";
  return "neither";
}

function rises(values: readonly number[], slack: number): boolean {
  let highest = -Infinity;
  return values.every((value) => value >= (highest = Math.max(highest, value)) - slack);
}

function turns(values: readonly number[], slack: number): boolean {
  const peak = values.indexOf(Math.max(...values));
  return rises(values.slice(0, peak + 1), slack) && rises(values.slice(peak).reverse(), slack);
}

function negated(values: readonly number[]): number[] {
  return values.map((value) => -value);
}
