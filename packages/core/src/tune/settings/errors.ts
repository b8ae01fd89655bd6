import { phrase } from "../../given/words.js";

/**
 * How settings are called where a message is read: `headWidth` in a program, `--head-width` on a command line. Several
 * names make one phrase, such as `headWidth and headDepth`.
 */
export type Naming = (...names: readonly string[]) => string;

/** Words that name settings, for each place to name them in its own way. */
export type Words = (named: Naming) => string;

/** As a program knows them. */
export const inPrograms: Naming = (...names) => phrase(names);

/** A setting that cannot be used. Its message is one line that names it as programs do. */
export class SettingError extends Error {
  override readonly name = "SettingError";

  constructor(
    /** The setting to mend, as programs know it. */
    readonly setting: string,
    /** The message, for whatever names the reader knows. */
    readonly words: Words,
  ) {
    super(words(inPrograms));
  }
}
