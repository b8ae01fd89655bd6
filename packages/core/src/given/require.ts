import { DataError } from "./errors.js";
import { shown } from "./words.js";
import { isObject, type Wanted } from "./wanted.js";

/** What each of the options of a function has to be: the compiler names one that is missing. */
export type WantedOptions<O> = { readonly [K in keyof Required<O>]: Wanted };

/**
 * Checks what programs without types give, so that a misspelt or mistaken option is told and not passed over.
 * @param of the function, for the message
 * @throws {DataError} with the first option that is none, or not what it has to be; what is undefined is not given
 */
export function requireOptions<O extends object>(of: string, options: O, wanted: WantedOptions<O>): void {
  requireWanted(of, options, { wants: "its options in an object", is: isObject });
  const known: Readonly<Record<string, Wanted>> = wanted;
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const own = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!own)
      throw new DataError(
        `${of} has no option '${name}'; leave it out, or take one of ${Object.keys(known).join(", ")}`,
      );
    requireWanted(name, value, own);
  }
}

/** @throws {DataError} unless the value is what is wanted */
export function requireWanted(name: string, value: unknown, { wants, is }: Wanted): void {
  if (!is(value)) throw new DataError(`${name} wants ${wants}, not ${shown(value)}`);
}
