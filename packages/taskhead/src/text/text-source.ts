import type { Targets } from "@taskhead/core";
import { asTargets, type Content, type Groups, type ObjectiveName, type Target } from "@taskhead/core/internals";
import type { LeftOut } from "../data/left-out.js";
import type { Splittable } from "../data/splits/require-validation.js";
import type { RefusedRow } from "../data/tables/rows.js";
import { toldRows } from "../data/tables/told-rows.js";
import type { Terms } from "../data/classes/terms.js";
import { shown } from "../files/shown.js";

/** A text or two, where they are from, and what is to be predicted of them. */
export interface TextSample {
  text: string;
  /** The second of two texts; of all samples of a source, or of none. */
  pair?: string;
  /** Its words, where each has a tag: `text` is all of them with spaces between, and `target` their tags, −1 where one does not count. */
  words?: readonly string[];
  /** Its place in the source's files. */
  file: number;
  /** In that file, as `RowPlace` counts it; 1 of a text that is a file. */
  row: number;
  /** Of which group it is; absent where its row names none. */
  group?: string;
  target: Target;
}

/** Texts in memory, and what is to be predicted of each. */
export interface TextSource {
  /** As it was asked for: a table or a folder. */
  path: string;
  /** The table, or the folder of tables, that the targets are from; null where folders are the classes. Absolute. */
  labels: string | null;
  /** Absolute. One, or the parts of a data set; where folders are the classes, a file per text. */
  files: string[];
  /** The columns of the texts: one, two of pairs; none where texts are files. */
  text: string[];
  /** The columns of the targets. */
  columns: string[];
  /** The column of groups; absent where none was read. */
  group?: string;
  task: ObjectiveName;
  /** The classes, sorted; the labels; or the names of the numbers. */
  outputs: string[];
  /** In the order of the files and their rows; of class folders by class, then by path. */
  samples: TextSample[];
  /** Rows and files that cannot be used. */
  refused: RefusedRow[];
  /** Files of class folders that are no .txt files; absent where there are none. */
  leftOut?: LeftOut[];
  /** Tags of words that are none of those that were asked for, and how many words have them; absent where there are none. */
  unknown?: { label: string; samples: number }[];
  /** What looks like a mistake, a line each. */
  notes: string[];
  /** What was read from where: a sentence for people, with the options that would change it. */
  said: string;
}

/** What tables say of texts; where they lie is another's. */
export type TableTexts = Omit<TextSource, "path" | "labels" | "files">;

/** The targets of some of a source's samples, in their order. */
export function targetsOfTexts({ task, outputs }: TextSource, samples: readonly TextSample[]): Targets {
  return asTargets(
    task,
    samples.map((sample) => sample.target),
    outputs.length,
  );
}

/** What a source calls that which is to be predicted. */
export function termsOfTexts({ path, labels, columns, task, outputs }: TextSource): Terms {
  return { task, where: shown(labels ?? path), columns, folders: labels === null, outputs };
}

/** For `requireSplittableTargets` and `requireValidationTargets`. */
export function splittableTexts(source: TextSource): Splittable {
  const { refused } = source;
  return {
    ...termsOfTexts(source),
    sample: "text",
    refused,
    ...(source.group === undefined ? {} : { group: source.group }),
  };
}

/** Of each sample; undefined where no column of groups was read. */
export function groupsOfTexts({ group, samples }: Pick<TextSource, "group" | "samples">): Groups | undefined {
  return group === undefined ? undefined : samples.map((sample) => sample.group);
}

/** What people call a sample: `reviews.csv:17`, or the file that it is. */
export function nameOfText({ labels, files }: TextSource, { file, row }: TextSample): string {
  return labels === null ? shown(files[file]!) : `${shown(files[file]!)}:${row}`;
}

/** What tells texts apart: duplicates are texts that are the same letter by letter. */
export function contentOfTexts(source: TextSource): Content {
  return {
    keys: source.samples.map(({ text, pair }) => (pair === undefined ? text : JSON.stringify([text, pair]))),
    names: source.samples.map((sample) => nameOfText(source, sample)),
  };
}

/** Which rows are of no use, and why; a line each, of many the first. */
export function refusedTexts({ path, labels, refused }: Pick<TextSource, "path" | "labels" | "refused">): string[] {
  return toldRows(shown(labels ?? path), refused);
}
