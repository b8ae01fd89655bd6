import type { Tau } from "@taskhead/core";
import {
  energyAsked,
  isDialled,
  isOptimum,
  type Difference,
  type Metric,
  type Optimum,
} from "@taskhead/core/internals";

/**
 * Numbers as text, for every page, table and sentence. A missing number (null, NaN, infinite) is an en dash, a minus is a
 * minus sign, and a number and its unit are held together by a space that does not break: `plain` and `typed` undo that
 * where it has no place.
 */

export type Maybe = number | null | undefined;

export const MISSING = "–";
/** keeps a number and its unit on one line */
export const NBSP = "\u00a0";
const MINUS = "−";

/** For running text, where lines may break anywhere. */
export function plain(text: string): string {
  return text.replaceAll(NBSP, " ");
}

/** For terminals and their tables, which programs read too: what a keyboard has. */
export function typed(text: string): string {
  return plain(text).replaceAll(MINUS, "-");
}

/** The number if it is finite, otherwise null: a diverged run's NaN and JSON's null are one case from here on. */
export function finite(value: Maybe): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** `value` times `factor`, missing if `value` is. */
export function scaled(value: Maybe, factor: number): number | null {
  const number = finite(value);
  return number === null ? null : number * factor;
}

/** A fixed number of decimals. */
export function fixed(value: Maybe, decimals: number): string {
  const number = finite(value);
  if (number === null) return MISSING;
  const text = Math.abs(number).toFixed(decimals);
  return number < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** With its sign, unless it rounds to nothing. */
function signed(value: Maybe, decimals: number): string {
  const text = fixed(value, decimals);
  return finite(value) === null || text.startsWith(MINUS) || Number(text) === 0 ? text : `+${text}`;
}

/** As short as `digits` significant digits allow: 0.50 → "0.5". */
export function short(value: Maybe, digits = 3): string {
  const number = finite(value);
  return number === null ? MISSING : String(Number(number.toPrecision(digits)));
}

/** About `digits` significant digits, thousands separated, no exponent below a million. */
export function significant(value: Maybe, digits = 4): string {
  const number = finite(value);
  if (number === null) return MISSING;
  // rounded first: 0.99999 is 1.000, not 1.0000
  const size = Math.abs(Number(number.toPrecision(digits)));
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return number.toExponential(digits - 1).replace(/-/g, MINUS);
  const decimals = size === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return number
    .toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    .replace("-", MINUS);
}

/** With all of its digits, thousands separated. */
export function exact(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 15 }).replace("-", MINUS);
}

/**
 * A number on an axis: without what floats add (0.1 + 0.2), and short however large or small it is.
 * @param step between the numbers of the axis, which then all have the same decimals
 */
export function tick(value: number, step?: number): string {
  const rounded = Number(value.toPrecision(6));
  const size = Math.abs(rounded);
  const decimals = step === undefined ? -1 : decimalsOf(step);
  if (decimals >= 0 && size < 1e5) return fixed(value, decimals);
  if (size !== 0 && size < 1e-3) return rounded.toExponential().replace(/-/g, MINUS);
  if (size >= 1e5)
    return rounded.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 4 }).replace("-", MINUS);
  return exact(rounded);
}

/** How many decimals a step has; −1 for more than can be read. */
function decimalsOf(step: number): number {
  return (
    [0, 1, 2, 3, 4, 5].find((digits) => Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) < 1e-6) ?? -1
  );
}

/** A learning rate. */
export function rate(value: Maybe): string {
  return finite(value)?.toPrecision(2) ?? MISSING;
}

/** A fraction as percent without the sign: 0.7125 → "71.3". */
export function percentNumber(fraction: Maybe): string {
  return fixed(scaled(fraction, 100), 1);
}

/** A fraction as percent: 0.7125 → "71.3 %". */
export function percent(fraction: Maybe): string {
  return finite(fraction) === null ? MISSING : `${percentNumber(fraction)}${NBSP}%`;
}

/** A score as its metric is read: "71.3 %", "0.873". */
export function formatScore(score: Maybe, metric: Metric): string {
  return metric.percent ? percent(score) : fixed(score, 3);
}

/** A score, or what two of them differ by, without a unit: "71.3", "0.873". */
export function scoreNumber(score: Maybe, metric: Metric): string {
  return metric.percent ? percentNumber(score) : fixed(score, 3);
}

/** What two scores differ by, without a sign: "1.4 points", "0.021". */
export function formatDistance(difference: Maybe, metric: Metric): string {
  const number = scoreNumber(scaled(difference, Math.sign(difference ?? 0)), metric);
  return metric.percent ? `${number}${NBSP}points` : number;
}

/** What two scores differ by, with its sign and no unit: "+1.4", "+0.021". */
export function signedScore(difference: Maybe, metric: Metric): string {
  return metric.percent ? signed(scaled(difference, 100), 1) : signed(difference, 3);
}

/**
 * How much there is of a difference that a verb gives the direction of, "behind by 1.4 points (95 %: −0.2 to 3.0)": no
 * sign, and the interval's ends are below zero where they point the other way.
 */
export function formatAmount(difference: Difference, metric: Metric): string {
  const amount = formatDistance(difference.difference, metric);
  if (difference.low === null) return `${amount} (interval not known)`;
  const { low, high } = difference.difference < 0 ? reversed(difference) : difference;
  return `${amount} (95${NBSP}%: ${scoreNumber(low, metric)} to ${scoreNumber(high, metric)})`;
}

/** Whether a difference shows at the digits that scores are given with. */
export function isShown({ difference }: Difference, metric: Metric): boolean {
  return Number(scoreNumber(Math.abs(difference), metric)) !== 0;
}

function reversed({ low, high }: { low: number; high: number }): { low: number; high: number } {
  return { low: -high, high: -low };
}

/** "95 %: −0.2 to +3.0" */
export function formatInterval({ low, high }: Difference, metric: Metric): string {
  if (low === null) return "interval not known";
  return `95${NBSP}%: ${signedScore(low, metric)} to ${signedScore(high, metric)}`;
}

/** A whole number, thousands separated. */
export function count(value: number): string {
  return value.toLocaleString("en");
}

/** A count with its noun: "1 image", "2,000 images". */
export function plural(value: number, noun: string): string {
  return `${count(value)}${NBSP}${noun}${value === 1 ? "" : "s"}`;
}

/** Tau as short as it can be: probing shorter than an epoch has fractions, probing to the end is ∞; or a dialled energy. */
export function tau(value: Tau): string {
  if (value === Infinity) return "∞";
  if (isDialled(value)) return short(energyAsked(value), 6);
  return isOptimum(value) || Number.isInteger(value) ? String(value) : short(value);
}

/** How long a head is trained that is carried to an optimum, for readers who know none of the method's words. */
export function untilStill(value: Optimum): string {
  return value === "converged" ? "until it stood still" : "until it stood still, with nothing to keep it small";
}

/** "τ = 4", unbroken; "E = 0.5" of a head that was brought to an energy. */
export function tauEquals(...values: readonly Tau[]): string {
  return `${tauSymbol(values)}${NBSP}=${NBSP}${list(values.map(tau))}`;
}

/** "tau 4", "tau 0 and 4", "energy 0.5 and 0.3" */
export function taus(values: readonly Tau[]): string {
  return `${tauNoun(values)} ${list(values.map(tau))}`;
}

/** What the starts of some runs differ in: how long a head was probed, or the energy that one was brought to. */
export function tauNoun(values: readonly Tau[]): "tau" | "energy" {
  return values.some(isDialled) ? "energy" : "tau";
}

/** The same as a symbol. */
export function tauSymbol(values: readonly Tau[]): "τ" | "E" {
  return values.some(isDialled) ? "E" : "τ";
}

/** Seconds in the two largest units that matter. */
export function duration(seconds: Maybe): string {
  const value = finite(seconds);
  if (value === null) return MISSING;
  if (value < 10) return `${value.toFixed(1)}${NBSP}s`;
  const whole = Math.round(value);
  if (whole < 60) return `${whole}${NBSP}s`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0 ? `${hours}${NBSP}h ${minutes}${NBSP}min` : `${minutes}${NBSP}min ${whole % 60}${NBSP}s`;
}

/** "a", "a and b", "a, b and c". */
export function list(items: readonly string[], last: "and" | "or" = "and"): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} ${last} ${items.at(-1)}`;
}

export function capital(text: string): string {
  // mIoU stays as it is.
  if (/^\p{Ll}\p{Lu}/u.test(text)) return text;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** At most `length` characters, the cut shown. */
export function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
