import { entriesOf, isFlag, type Table } from "./entry.js";

/** The value of each setting as a person would write it, by name; null where it is not set. */
export type Identity = Record<string, string | null>;

/**
 * What decides the result: two runs of which one goes on from the other have the same. Flags are set where they are not
 * as usual.
 * @param named the name under which a setting is known
 */
export function identityOf<S>(table: Table<S>, settings: S, named = (name: string): string => name): Identity {
  const values = settings as Record<string, unknown>;
  const deciding = entriesOf(table).filter(([, entry]) => entry.decides !== false);
  return Object.fromEntries(
    deciding.map(([name, entry]) => {
      const value = values[name];
      if (isFlag(entry)) return [named(name), value === ("default" in entry && entry.default) ? null : "true"];
      return [named(name), value === undefined ? null : entry.kind.text(value) || null];
    }),
  );
}

/** All settings as plain values, in the order of the table, for a report; null where one is not set. */
export function plainValues<S>(table: Table<S>, settings: S): Record<string, string | number | boolean | null> {
  const values = settings as Record<string, unknown>;
  return Object.fromEntries(
    entriesOf(table).map(([name, { kind }]) => {
      const value = values[name];
      if (value === undefined) return [name, null];
      return [name, typeof value === "number" || typeof value === "boolean" ? value : kind.text(value) || null];
    }),
  );
}
