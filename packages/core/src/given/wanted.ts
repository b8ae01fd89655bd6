import { phrase } from "./words.js";

/** What a value has to be. */
export interface Wanted {
  /** In words, as a message says them after `wants`: `a number of at least 0`. */
  readonly wants: string;
  is(value: unknown): boolean;
}

/** Bounds of a number. */
export interface Range {
  from?: number;
  /** Excludes the bound itself. */
  above?: number;
  to?: number;
  below?: number;
  whole?: boolean;
}

export function number({ from, above, to, below, whole = false }: Range = {}): Wanted {
  const bounds = [
    from !== undefined && `of at least ${from}`,
    above !== undefined && `above ${above}`,
    to !== undefined && `at most ${to}`,
    below !== undefined && `below ${below}`,
  ].filter((bound) => bound !== false);
  return {
    wants: [whole ? "a whole number" : "a number", bounds.join(" and ")].filter(Boolean).join(" "),
    is: (value) =>
      Number.isFinite(value) &&
      (!whole || Number.isSafeInteger(value)) &&
      (from === undefined || (value as number) >= from) &&
      (above === undefined || (value as number) > above) &&
      (to === undefined || (value as number) <= to) &&
      (below === undefined || (value as number) < below),
  };
}

export function whole(range: Omit<Range, "whole"> = {}): Wanted {
  return number({ ...range, whole: true });
}

/** One of some words. */
export function oneOf(words: readonly string[]): Wanted {
  return { wants: phrase(words, "or"), is: (value) => words.includes(value as string) };
}

/** A word, or what else is wanted. */
export function wordOr(word: string, { wants, is }: Wanted): Wanted {
  return { wants: `${wants} or ${word}`, is: (value) => value === word || is(value) };
}

export const called: Wanted = { wants: "a function", is: (value) => typeof value === "function" };

/** Something that has these methods. */
export function having(wants: string, ...methods: readonly string[]): Wanted {
  return {
    wants,
    is: (value) => isObject(value) && methods.every((name) => typeof Reflect.get(value, name) === "function"),
  };
}

export const signals = having("an AbortSignal, such as the signal of an AbortController", "throwIfAborted");

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
