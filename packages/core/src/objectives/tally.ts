import type { Tally } from "./objective.js";

/** Two parts of one score as one. */
export function addTallies(a: Tally, b: Tally): Tally {
  const sum = { sum: a.sum + b.sum, of: a.of + b.of };
  if (!b.parts) return sum;
  return { ...sum, parts: b.parts.map((part, i) => (a.parts ? addTallies(a.parts[i]!, part) : part)) };
}

/** The score that parts add up to; NaN of nothing. */
export function scoreOfTally({ sum, of, parts }: Tally): number {
  if (!parts) return sum / of;
  const known = parts.filter((part) => part.of > 0);
  return known.reduce((total, part) => total + scoreOfTally(part), 0) / known.length;
}
