import type { Targets } from "@taskhead/core";
import { asTargets, type Groups, type ObjectiveName, type Target } from "@taskhead/core/internals";
import type { LeftOut } from "../data/left-out.js";
import type { RefusedRow } from "../data/tables/rows.js";
import type { Stored } from "../data/stored.js";
import { targetsInTermsOf, type Terms } from "../data/classes/terms.js";

/** Images in a folder, and what is to be predicted of each. */
export interface ImageSource {
  /** Absolute. */
  root: string;
  /** The file that the targets are from; null where the folders are the classes. */
  labels: string | null;
  /** The columns of that file that were read. */
  columns: string[];
  task: ObjectiveName;
  /** The classes, sorted; the labels; or the names of the numbers. */
  outputs: string[];
  /** Of class folders sorted by class, then by path; of a file of labels in its order. */
  files: ImageFile[];
  /** The column of groups, or `folder`, and the group of each file; absent where none are kept together. */
  groups?: { column: string; of: Groups };
  /** The group that the record of an image in an archive says, by its path; absent where records say none. */
  recorded?: ReadonlyMap<string, string | undefined>;
  /** Rows of the file of labels that cannot be used. */
  refused: RefusedRow[];
  /** Files of class folders that are not taken for images; absent where there are none. */
  leftOut?: LeftOut[];
  /** What looks like a mistake in how the images are sorted, a line each. */
  notes: string[];
  /** What was read from where: a sentence for people, with the options that would change it; absent of class folders. */
  said?: string;
}

export interface ImageFile extends Stored {
  /** Relative to the root, with `/` on every system; of a member of an archive with the archive's before it. */
  path: string;
  target: Target;
}

/** The targets of some of a source's files, in their order. */
export function targetsOf({ task, outputs }: ImageSource, files: readonly ImageFile[]): Targets {
  return asTargets(
    task,
    files.map((f) => f.target),
    outputs.length,
  );
}

/** What a source calls that which is to be predicted. */
export function termsOf({ root, labels, columns, task, outputs }: ImageSource): Terms {
  return { task, where: labels ?? root, columns, folders: labels === null, outputs };
}

/**
 * The same images with their targets in terms of other outputs. A file may mention fewer classes or labels, but not lack a
 * column.
 * @throws {UserError} naming the classes, labels or columns that `other` has alone, and columns that it lacks
 */
export function inTermsOf(train: ImageSource, other: ImageSource): ImageSource {
  const own = other.files.map((file) => file.target);
  const targets = targetsInTermsOf(termsOf(train), termsOf(other), own);
  return { ...other, outputs: train.outputs, files: other.files.map((file, i) => ({ ...file, target: targets[i]! })) };
}
