import type { Tau } from "@taskhead/core";

/** Numbers and text as the report writes them. Missing numbers (null, NaN, infinite) are an en dash. */

export type Maybe = number | null | undefined;

export const MISSING = "–";
/** keeps a number and its unit on one line */
export const NBSP = "\u00a0";

/** The number if it is finite, otherwise null: a diverged run's NaN and JSON's null are one case from here on. */
export function finite(value: Maybe): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text made safe for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** A fraction as percent without the sign: 0.7125 → "71.3". */
export function percentNumber(fraction: Maybe): string {
  return fixed(scaled(fraction, 100), 1);
}

/** A fraction as percent: 0.7125 → "71.3 %". */
export function percent(fraction: Maybe): string {
  return finite(fraction) === null ? MISSING : `${percentNumber(fraction)}${NBSP}%`;
}

/** `value` times `factor`, missing if `value` is. */
export function scaled(value: Maybe, factor: number): number | null {
  const number = finite(value);
  return number === null ? null : number * factor;
}

/** A fixed number of decimals. */
export function fixed(value: Maybe, decimals: number): string {
  const number = finite(value);
  return number === null ? MISSING : number.toFixed(decimals).replace("-", "−");
}

/** About `digits` significant digits, thousands separated, no exponent below a million. */
export function significant(value: Maybe, digits = 4): string {
  const number = finite(value);
  if (number === null) return MISSING;
  const size = Math.abs(number);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return number.toExponential(digits - 1).replace(/-/g, "−");
  const decimals = size === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return number
    .toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    .replace("-", "−");
}

/** A whole number, thousands separated. */
export function count(value: number): string {
  return value.toLocaleString("en");
}

/** A count with its noun: "1 image", "2,000 images". */
export function plural(value: number, noun: string): string {
  return `${count(value)}${NBSP}${noun}${value === 1 ? "" : "s"}`;
}

/** Tau as short as it can be: probing shorter than an epoch has fractions, probing to the end is ∞. */
export function tau(value: Tau): string {
  if (value === Infinity) return "∞";
  return value === "converged" || Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

/** "τ = 4", unbroken. */
export function tauEquals(value: Tau): string {
  return `τ${NBSP}=${NBSP}${tau(value)}`;
}

/** Seconds in the two largest units that matter. */
export function duration(seconds: Maybe): string {
  const value = finite(seconds);
  if (value === null) return MISSING;
  if (value < 60) return `${value.toFixed(value < 10 ? 1 : 0)}${NBSP}s`;
  const whole = Math.round(value);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0 ? `${hours}${NBSP}h ${minutes}${NBSP}min` : `${minutes}${NBSP}min ${whole % 60}${NBSP}s`;
}

/** "a", "a and b", "a, b and c". */
export function list(items: string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** At most `length` characters, the cut shown. */
export function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
