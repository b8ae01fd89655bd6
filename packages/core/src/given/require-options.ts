import { DataError } from "./errors.js";
import { shown } from "./shown.js";

/** What a value given by a program may be. */
export interface Kind {
  /** In words: `a number of at least 0`. */
  readonly wants: string;
  is(value: unknown): boolean;
}

/** A kind for each of the options of a function: the compiler names one that is missing. */
export type Kinds<O> = { readonly [K in keyof Required<O>]: Kind };

/**
 * Checks what programs without types give, so that a misspelt or mistaken option is told and not passed over.
 * @param of the function, for the message
 * @throws {DataError} with the first option that is none, or not of its kind; what is undefined is not given
 */
export function requireOptions<O extends object>(of: string, options: O, kinds: Kinds<O>): void {
  requireKind(of, options, { wants: "its options in an object", is: isObject });
  const known: Readonly<Record<string, Kind>> = kinds;
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!kind)
      throw new DataError(
        `${of} has no option '${name}'; leave it out, or take one of ${Object.keys(known).join(", ")}`,
      );
    requireKind(name, value, kind);
  }
}

/** @throws {DataError} unless the value is of its kind */
export function requireKind(name: string, value: unknown, kind: Kind): void {
  if (!kind.is(value)) throw new DataError(`${name} wants ${kind.wants}, not ${shown(value)}`);
}

export function wholeFrom(least: number): Kind {
  return {
    wants: `a whole number of at least ${least}`,
    is: (value) => Number.isInteger(value) && (value as number) >= least,
  };
}

export const seeds: Kind = { wants: "a whole number", is: Number.isSafeInteger };

/** @param below left out itself */
export function numberFrom(least: number, below = Infinity): Kind {
  return {
    wants: below === Infinity ? `a number of at least ${least}` : `a number from ${least} and below ${below}`,
    is: (value) => typeof value === "number" && value >= least && value < below,
  };
}

export const positive: Kind = {
  wants: "a number above 0",
  is: (value) => typeof value === "number" && value > 0 && value < Infinity,
};

export function oneOf(...words: readonly string[]): Kind {
  const rest = words.slice(0, -1).join(", ");
  return { wants: rest ? `${rest} or ${words.at(-1)}` : words[0]!, is: (value) => words.includes(value as string) };
}

/** A word, or another kind. */
export function wordOr(word: string, { wants, is }: Kind): Kind {
  return { wants: `${wants}, or ${word}`, is: (value) => value === word || is(value) };
}

export const called: Kind = { wants: "a function", is: (value) => typeof value === "function" };

/** Something that has these methods. */
export function having(wants: string, ...methods: readonly string[]): Kind {
  return {
    wants,
    is: (value) => isObject(value) && methods.every((name) => typeof Reflect.get(value, name) === "function"),
  };
}

export const signals = having("an AbortSignal, such as the signal of an AbortController", "throwIfAborted");

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
