import { ModelError } from "@taskhead/autograd";
import { DamagedError, DataError, isOutOfMemory, RuntimeError } from "@taskhead/core/internals";
import { entriesOf, SettingError } from "@taskhead/core/settings";
import { UserError } from "../files/errors.js";
import { systemFault } from "../files/system-errors.js";
import { visibleLine } from "../words/visible.js";
import { flagNaming, flagOf } from "./command-line.js";
import { optionTable } from "./table.js";

/**
 * Does some work, and says what is wrong with its input in the names that the user knows.
 * @param model the file that the runtime is given in one form or another
 */
export type Rephrase = <T>(model: string, work: () => Promise<T>) => Promise<T>;

/** As a program names options. */
export const asNames: Rephrase = (model, work) => inNames(() => rephrased(model, work, (error) => error.message));

/** Does some work, and names the options of what it refuses as a program does: in one line, whatever a path holds. */
export async function inNames<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const fault = systemFault(error);
    if (fault !== undefined) throw new UserError(visibleLine(fault), { cause: error });
    if (error instanceof UserError) error.message = visibleLine(withNames(error.message));
    throw error;
  }
}

/** A sentence with flags in it as a program is told it: `--max-length 64` is `maxLength 64`. */
export function withNames(text: string): string {
  return text.replace(/(?<=^|[\s(])(with )?(--[a-z][a-z-]*)/g, (whole, before: string | undefined, given: string) => {
    const name = names.get(given);
    return name === undefined ? whole : before === undefined ? name : `with option ${name}`;
  });
}

/**
 * As a command line does: core says `option reinitBlocks`, the reader `--reinit-blocks`. Remedies that are a program's alone
 * are left out: rules for operators are functions.
 */
export const asFlags: Rephrase = (model, work) =>
  rephrased(
    model,
    work,
    (error) => error.words(flagNaming(optionTable)),
    (message) =>
      withoutRules(message).replace(/\boption ([a-z][A-Za-z]*)\b/g, (whole, name: string) =>
        known.has(name) ? flag(name) : whole,
      ),
  );

function withoutRules(message: string): string {
  return message
    .replace(/[^;,]+\(option `operators`\), or /, " ")
    .replace(/, or [^;,]+\(option `operators`\)/, "")
    .replace("train only what comes after it", `$& (${flag("freezeUntil")})`);
}

const flag = flagOf(optionTable);
const known = new Set(entriesOf(optionTable).map(([name]) => name));
const names = new Map([...known].map((name) => [flag(name), name]));

async function rephrased<T>(
  model: string,
  work: () => Promise<T>,
  ofSetting: (error: SettingError) => string,
  ofModel = (message: string): string => message,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SettingError) throw new UserError(ofSetting(error), { cause: error });
    if (error instanceof ModelError || error instanceof DamagedError || error instanceof DataError)
      throw new UserError(ofModel(error.message), { cause: error });
    if (error instanceof RuntimeError) throw new UserError(`${model}: ${ofModel(error.message)}`, { cause: error });
    if (error instanceof RangeError && isOutOfMemory(error.message))
      throw new UserError(ofModel(`${model}: ${new RuntimeError(error).message}`), { cause: error });
    const fault = systemFault(error);
    if (fault !== undefined) throw new UserError(fault, { cause: error });
    throw error;
  }
}
