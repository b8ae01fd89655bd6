import type { Kind } from "./kinds.js";

/** What belongs together, in the order in which people meet it. */
export const groups = [
  "Data",
  "Task",
  "Backbone",
  "Head",
  "Probing",
  "Method",
  "Fine-tuning",
  "Schedule",
  "Candidates",
  "Both stages",
  "Run",
] as const;

/** All that is said of a setting; whatever reads, checks, shows or documents it goes by this. */
export type Entry<T, Group extends string = string> = {
  readonly kind: Kind<T>;
  /** What it is, in a line without a full stop. */
  readonly says: string;
  /** Of what is on unless given: what turning it off does. */
  readonly off?: string;
  readonly group: Group;
  /** False for what decides no result. Of the rest, a run that was begun with other values cannot go on. */
  readonly decides?: false;
  /** What stands for a value in a line of help, where the kind has no good word. */
  readonly placeholder?: string;
} & Unless<T>;

/** What a setting is unless given: a value; or what words say, be it settled from others or left open. */
export type Unless<T> =
  | { readonly default: T; readonly otherwise?: never; readonly required?: never }
  | { readonly otherwise: string; readonly default?: never; readonly required?: never }
  | { readonly required: true; readonly default?: never; readonly otherwise?: never };

/** An entry for each of the settings S. */
export type Table<S, Group extends string = string> = {
  readonly [N in keyof S]-?: Entry<Exclude<S[N], undefined>, Group>;
};

/** The entry of a setting that is something else unless given, for a command of its own. */
export function otherwise<T, G extends string>(
  { kind, group, decides, placeholder, says }: Entry<T, G>,
  unless: Unless<T>,
  words = says,
): Entry<T, G> {
  return { kind, group, decides, placeholder, says: words, ...unless };
}

/** The entries by name, whatever they are of. */
export function entriesOf<S>(table: Table<S>): [name: string, entry: Entry<unknown>][] {
  return Object.entries(table) as [string, Entry<unknown>][];
}

/** The values of settings that have a default. */
export function defaultsOf<S>(table: Table<S>): Partial<S> {
  const pairs = entriesOf(table).flatMap(([name, entry]) =>
    "default" in entry ? [[name, entry.default] as const] : [],
  );
  return Object.fromEntries(pairs) as Partial<S>;
}

/** Whether it is on or off, and needs no value in a line of help. */
export function isFlag(entry: Entry<unknown>): boolean {
  return entry.kind.placeholder === undefined;
}
