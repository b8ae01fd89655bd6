import { compareTaus, optima, type Tau } from "../../probe/taus.js";
import { shown } from "../../given/words.js";
import * as wanted from "../../given/wanted.js";
import type { Range } from "../../given/wanted.js";

/** A value, or what is wrong with what was given: words that follow a setting's name, `wants … , not …`. */
export type Reading<T> = { readonly value: T } | { readonly wrong: string };

/** A kind of value. `parse(text(value))` gives the value back, and so does `check(value)`. */
export interface Kind<T> {
  /** What stands for a value in a line of help: `n`, `rate`; undefined for what is on or off. */
  readonly placeholder?: string;
  /** What a text has to be: `a whole number of at least 1`. */
  readonly wants: string;
  /** Reads what a person wrote, on a command line or in a form. */
  parse(text: string): Reading<T>;
  /** Checks what a program or a JSON file gives. */
  check(value: unknown): Reading<T>;
  /** The value as a person would write it. */
  text(value: T): string;
}

/** What `Kind` readings say of a value that is none. */
export function wants(wanted: string, given: unknown): { wrong: string } {
  return { wrong: `wants ${wanted}, not ${shown(given)}` };
}

export function number(range: Range = {}): Kind<number> {
  const own = wanted.number(range);
  const read = (value: unknown, given: unknown): Reading<number> =>
    own.is(value) ? { value: value as number } : wants(own.wants, given);
  return {
    placeholder: "n",
    wants: own.wants,
    parse: (text) => read(text.trim() === "" ? NaN : Number(text), text),
    check: (value) => read(value, value),
    text: String,
  };
}

export function whole(range: Omit<Range, "whole"> = {}): Kind<number> {
  return number({ ...range, whole: true });
}

/** One of some words. */
export function oneOf<const T extends string>(names: readonly T[]): Kind<T> {
  const own = wanted.oneOf(names);
  const check = (value: unknown): Reading<T> => (own.is(value) ? { value: value as T } : wants(own.wants, value));
  return { placeholder: "name", wants: own.wants, parse: check, check, text: (value) => value };
}

/** Any of some words, in the order of `names`. @param least how many there have to be; none are as good unless given */
export function someOf<const T extends string>(names: readonly T[], least: 0 | 1 = 0): Kind<T[]> {
  const wanted = `some of ${names.join()}`;
  const read = (given: readonly unknown[], whole: unknown): Reading<T[]> => {
    if (given.length < least) return wants(wanted, whole);
    const at = given.findIndex((name) => !names.includes(name as T));
    return at < 0 ? { value: names.filter((name) => given.includes(name)) } : wants(wanted, given[at]);
  };
  return {
    placeholder: "list",
    wants: wanted,
    parse: (text) => read(text.trim() === "" ? [] : parts(text), text),
    check: (value) => (Array.isArray(value) ? read(value, value) : wants(wanted, value)),
    text: (value) => value.join(),
  };
}

/** What a list is, in words: as a text, and in a program. */
export interface ListWords {
  text: string;
  values: string;
}

/**
 * Values of one kind, in a text separated by commas.
 * @param tidy brings the values into order; undefined if they are too few or too many
 */
export function list<T>(
  of: Kind<T>,
  words: ListWords,
  tidy: (values: T[]) => T[] | undefined = (values) => (values.length > 0 ? values : undefined),
): Kind<T[]> {
  const read = (readings: readonly Reading<T>[]): T[] | undefined => {
    const values = readings.flatMap((reading) => ("value" in reading ? [reading.value] : []));
    return values.length === readings.length ? tidy(values) : undefined;
  };
  return {
    placeholder: "list",
    wants: words.text,
    parse(text) {
      const value = read(parts(text).map((part) => of.parse(part)));
      return value ? { value } : wants(words.text, text);
    },
    check(given) {
      const value = Array.isArray(given) ? read(given.map((one) => of.check(one))) : undefined;
      return value ? { value } : wants(words.values, given);
    },
    text: (value) => value.map((one) => of.text(one)).join(),
  };
}

/** A word that stands beside the values of another kind: `auto`. */
export function wordOr<const W extends string, T>(
  word: W,
  kind: Kind<T>,
  words: ListWords = { text: `${kind.wants} or ${word}`, values: `${kind.wants} or ${word}` },
): Kind<W | T> {
  return {
    ...kind,
    wants: words.text,
    parse(text) {
      if (text === word) return { value: word };
      const reading = kind.parse(text);
      return "value" in reading ? reading : wants(words.text, text);
    },
    check(given) {
      if (given === word) return { value: word };
      const reading = kind.check(given);
      return "value" in reading ? reading : wants(words.values, given);
    },
    text: (value) => (value === word ? word : kind.text(value as T)),
  };
}

/** A learning rate, or `auto`, which finds one. */
export const rate: Kind<number | "auto"> = { ...wordOr("auto", number({ above: 0 })), placeholder: "rate" };

/** Epochs of probing, or an optimum of it by its name. */
const tau: Kind<Tau> = optima.reduce<Kind<Tau>>((kind, name) => wordOr(name, kind), number({ from: 0 }));

/** A bound above 0, or `none`. */
export const bound: Kind<number | "none"> = wordOr("none", number({ above: 0 }));

/** A list of taus, ascending and each once, or `auto`, which chooses some. */
export const taus: Kind<"auto" | Tau[]> = wordOr(
  "auto",
  list<Tau>(tau, { text: "taus", values: "taus" }, (values) =>
    values.length > 0 ? [...new Set(values)].sort(compareTaus) : undefined,
  ),
  {
    text: "auto or numbers from 0, 'converged' and 'converged:0' separated by commas, such as 0,0.5,4,converged",
    values: "auto or a list of numbers from 0, 'converged' and 'converged:0'",
  },
);

/** Energies, the highest first, as longer probing leaves less, and each once. */
export const energies: Kind<number[]> = list(
  number({ above: 0 }),
  { text: "numbers above 0 separated by commas, such as 0.8,0.5,0.3", values: "a list of numbers above 0" },
  (values) => (values.length > 0 ? [...new Set(values)].sort((a, b) => b - a) : undefined),
);

/** Three numbers, one per colour. */
export function triple(range: Range = {}): Kind<[number, number, number]> {
  const wanted = `three numbers${range.above === undefined ? "" : ` above ${range.above}`}`;
  const three = list(
    number(range),
    { text: `${wanted} separated by commas, such as 0.485,0.456,0.406`, values: `a list of ${wanted}` },
    (values) => (values.length === 3 ? values : undefined),
  );
  return { ...(three as Kind<[number, number, number]>), placeholder: "r,g,b" };
}

/** On or off. */
export const flag: Kind<boolean> = {
  wants: "true or false",
  parse: (text) => (text === "true" || text === "false" ? { value: text === "true" } : wants("true or false", text)),
  check: (value) => (typeof value === "boolean" ? { value } : wants("true or false", value)),
  text: String,
};

/** A text that is not empty. @param wanted what it is: `the name of a tensor` */
export function text(wanted: string, placeholder = "name"): Kind<string> {
  const check = (value: unknown): Reading<string> =>
    typeof value === "string" && value !== "" ? { value } : wants(wanted, value);
  return { placeholder, wants: wanted, parse: check, check, text: (value) => value };
}

/** A place in a network: the name of a value, or a number of blocks. */
export const place: Kind<string | number> = {
  placeholder: "place",
  wants: "the name of a value, or a number of blocks",
  parse: (given) => placeOf(/^[0-9]+$/.test(given) ? Number(given) : given),
  check: (given) => (typeof given === "string" ? place.parse(given) : placeOf(given)),
  text: String,
};

function placeOf(given: unknown): Reading<string | number> {
  const good = typeof given === "string" ? given !== "" : Number.isSafeInteger(given) && (given as number) >= 0;
  return good ? { value: given as string | number } : wants(place.wants, given);
}

/** Weights in the training loss: one for each class or label, by its name, or what makes all count alike. */
export type ClassWeights = "balanced" | Readonly<Record<string, number>>;

/** Names with their weights, as a JSON object in a text, or `balanced`. */
export const classWeights: Kind<ClassWeights> = {
  placeholder: "w",
  wants: "balanced, or a JSON object with a number above 0 for each class",
  parse(given) {
    if (given === "balanced") return { value: given };
    try {
      return classWeights.check(JSON.parse(given));
    } catch {
      return wants(classWeights.wants, given);
    }
  },
  check(given) {
    if (given === "balanced") return { value: given };
    const wanted = "balanced, or an object with a number above 0 for each class";
    if (typeof given !== "object" || given === null || Array.isArray(given)) return wants(wanted, given);
    const pairs = Object.entries(given);
    if (pairs.length === 0 || !pairs.every(([, weight]) => Number.isFinite(weight) && weight > 0))
      return wants(wanted, given);
    // In the order of the names, so that the same weights are the same text.
    return { value: Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1))) as Record<string, number> };
  },
  text: (value) => (value === "balanced" ? value : JSON.stringify(value)),
};

function parts(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}
