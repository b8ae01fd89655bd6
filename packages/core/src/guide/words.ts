import type { Tau } from "../probe/taus.js";
import type { Facts } from "./facts.js";
import type { Interval } from "../measures/intervals.js";

/** Numbers as the guide's sentences write them. */

export function percent(fraction: number): string {
  return `${decimals(100 * fraction, 1)} %`;
}

/** A difference of accuracies in percentage points, with its 95 % interval. */
export function points({ difference, low, high }: Interval): string {
  return `${signed(difference)} points (95 %: ${signed(low)} to ${signed(high)})`;
}

/** A sentence: where the intervals come from. */
export function basisOf({ basis }: Interval, { seeds, validationImages }: Facts): string {
  switch (basis) {
    case "seeds":
      return `The intervals are Student's, of the differences over ${seeds} seeds, paired seed by seed.`;
    case "paired images":
      return `The intervals compare the runs image by image on the ${validationImages} validation images (McNemar).`;
    case "independent images":
      return `The intervals come from the standard error of the difference on ${validationImages} validation images, as it was not kept which images each run got right.`;
  }
}

export function number(value: number): string {
  return String(Number(value.toPrecision(3)));
}

export function tauText(tau: Tau): string {
  return typeof tau === "number" ? number(tau) : tau;
}

/** "tau 4", "tau 0 and 4", "tau 0, 1 and 4" */
export function taus(runs: readonly { tau: Tau }[]): string {
  return `tau ${list(runs.map(({ tau }) => tauText(tau)))}`;
}

export function list(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

function signed(difference: number): string {
  const text = decimals(100 * difference, 1);
  return text.startsWith("−") || text === "0.0" ? text : `+${text}`;
}

function decimals(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}
