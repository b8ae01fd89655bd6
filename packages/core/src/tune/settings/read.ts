import { entriesOf, type Entry, type Table } from "./entry.js";
import { SettingError } from "./errors.js";
import type { Reading } from "./kinds.js";

/**
 * Checks what a program or a JSON file gives; what is undefined is not given.
 * @throws {SettingError} on a name that is none of the table's, and on a value that is not of its kind
 */
export function checked<S>(table: Table<S>, given: Readonly<Record<string, unknown>>): Partial<S> {
  return readAll(table, given, ({ kind }, value) => kind.check(value));
}

/**
 * Reads what a person wrote, on a command line or in a form. A value that is no text, as of a flag, is checked.
 * @throws {SettingError} on a name that is none of the table's, and on a value that is not of its kind
 */
export function parsed<S>(table: Table<S>, given: Readonly<Record<string, unknown>>): Partial<S> {
  return readAll(table, given, ({ kind }, value) =>
    typeof value === "string" ? kind.parse(value) : kind.check(value),
  );
}

function readAll<S>(
  table: Table<S>,
  given: Readonly<Record<string, unknown>>,
  read: (entry: Entry<unknown>, value: unknown) => Reading<unknown>,
): Partial<S> {
  const entries = new Map(entriesOf(table));
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const entry = entries.get(name);
    if (!entry) throw new SettingError(name, () => `there is no setting '${name}'; leave it out`);
    const reading = read(entry, value);
    if ("wrong" in reading) throw new SettingError(name, (named) => `${named(name)} ${reading.wrong}`);
    values[name] = reading.value;
  }
  return values as Partial<S>;
}
