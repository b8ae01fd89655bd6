import type { Command } from "commander";
import {
  entriesOf,
  isFlag,
  parsed,
  phrase,
  SettingError,
  type Entry,
  type Kind,
  type Naming,
  type Table,
} from "@taskhead/core/settings";
import { UserError } from "../files/errors.js";
import { paths } from "./kinds.js";

/** The one option that has no flag of its own: it stands after the command. */
const argument = "train";

/** Adds the options of a table to a command, group by group. */
export function addOptions<S>(command: Command, table: Table<S>): Command {
  for (const [name, entry] of entriesOf(table)) {
    if (name === argument) {
      command.argument(`<${name}>`, entry.says);
      continue;
    }
    const option = command.createOption(termOf(name, entry), helpOf(entry)).helpGroup(`${entry.group}:`);
    if ("required" in entry) option.makeOptionMandatory();
    if (entry.kind === paths) option.argParser((one: string, before: string[] = []) => [...before, one]);
    command.addOption(option);
  }
  return command;
}

/**
 * Reads what commander gives.
 * @throws {UserError} one line that names the option, what it wants and what it got
 */
export function readOptions<S>(table: Table<S>, given: Readonly<Record<string, unknown>>): Partial<S> {
  return withFlags(table, () => parsed(table, given));
}

/** @throws {UserError} with the flag, what it wants and what it got */
export function readValue<T>(flag: string, kind: Kind<T>, text: string): T {
  const reading = kind.parse(text);
  if ("wrong" in reading) throw new UserError(`${flag} ${reading.wrong}`);
  return reading.value;
}

/** Says what is wrong with a setting as a command line knows it. */
export function withFlags<S, T>(table: Table<S>, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof SettingError ? new UserError(error.words(flagNaming(table)), { cause: error }) : error;
  }
}

/** `--head-width`; of what is on unless given, the flag that turns it off: `--no-halving`. */
export function flagOf<S>(table: Table<S>): (name: string) => string {
  const entries = new Map(entriesOf(table));
  return (name) => {
    if (name === argument) return `<${name}>`;
    const entry = entries.get(name);
    const off = entry && isFlag(entry) && "default" in entry && entry.default === true;
    return `--${off ? "no-" : ""}${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
  };
}

/** What a person types: the flag, and what stands for its value. */
export function termOf(name: string, entry: Entry<unknown>): string {
  const flag = flagOf({ [name]: entry })(name);
  return isFlag(entry) ? flag : `${flag} <${entry.placeholder ?? entry.kind.placeholder}>`;
}

/** What it is unless given, as a person would say it; undefined where that goes without saying. */
export function usually(entry: Entry<unknown>): string | undefined {
  if ("otherwise" in entry) return entry.otherwise;
  if ("required" in entry || isFlag(entry)) return undefined;
  return entry.kind.text(entry.default) || undefined;
}

function helpOf(entry: Entry<unknown>): string {
  const usual = usually(entry);
  const words = entry.off ?? entry.says;
  return usual === undefined ? words : `${words} (default: ${usual})`;
}

/** Flags of one family are named once: `--head-width, -depth and -activation`. */
export function flagNaming<S>(table: Table<S>): Naming {
  const flag = flagOf(table);
  return (...names) => {
    const [first = "", ...others] = names.map(flag);
    const family = /^--[a-z]+-/.exec(first)?.[0];
    const rest = others.map((one) => (family && one.startsWith(family) ? one.slice(family.length - 1) : one));
    return phrase([first, ...rest]);
  };
}
