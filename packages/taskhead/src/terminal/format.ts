import type { Metric } from "@taskhead/core/internals";
import * as format from "../words/format.js";
import { short, typed, type Maybe } from "../words/format.js";

/** Numbers as the terminal shows them: in its tables and beside its bars, only what a keyboard has. */

export function percent(fraction: Maybe): string {
  return typed(format.percent(fraction));
}

/** A score as its metric is read. */
export function formatScore(score: Maybe, metric: Metric): string {
  return typed(format.formatScore(score, metric));
}

export function fixed(value: Maybe, decimals: number): string {
  return typed(format.fixed(value, decimals));
}

/** About four significant digits, whatever the scale. */
export function significant(value: Maybe): string {
  return short(value, 4);
}

export function duration(seconds: Maybe): string {
  return typed(format.duration(seconds));
}
