import type { Targets } from "@taskhead/core";
import type { ObjectiveName } from "@taskhead/core/internals";
import type { TuneOptions } from "../options/options.js";
import type { Shown } from "./shown.js";

/** How an exported model is asked. @typeParam Item a sample as a person has it: a file, a text */
export interface Serving<Item = unknown> {
  /** Whether answers that go to no terminal are CSV, as people who name tables expect them. */
  readonly csvToFiles?: boolean;
  /** The samples that a person names. */
  named(
    names: readonly string[],
    options: NamedOptions,
  ): Promise<{
    items: readonly Item[];
    unusable: readonly Unusable[];
    /** What is to be known of how they were read, a line each. */
    notes?: readonly string[];
  }>;
  /** What a sample is called in an answer. */
  nameOf(item: Item): string;
  /** A text and its words, for models that answer each: `answer` gives the logits of all of them, [words, k]. */
  wordsOf?(item: Item): TextOfWords;
  /**
   * Labelled samples to score a model on, in terms of its outputs.
   * @throws {UserError} if no sample is left
   */
  labelled(model: Answering, path: string, places: LabelPlaces): Promise<LabelledItems<Item>>;
  /** Loads the model. @throws {UserError} if it is not what was exported */
  open(model: Answering, bytes: Uint8Array, device?: TuneOptions["device"]): Promise<Served<Item>>;
  /** What a page shows of some of them. */
  shown(items: readonly Item[], root: string): Promise<Shown[]>;
}

/** What an exported model gives. */
export interface Answering {
  readonly objective: ObjectiveName;
  /** The classes, the labels, or the names of the numbers. */
  readonly outputs: readonly string[];
  /** Its folder. */
  readonly folder: string;
}

/** A word of a text, and where it is: from `start` on, before `end`, in UTF-16 units. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A text as it was given, and its words in their order. */
export interface TextOfWords {
  readonly text: string;
  readonly words: readonly Word[];
}

/** How a person names samples. */
export interface NamedOptions {
  /** What is asked of them. */
  readonly task: ObjectiveName;
  /** The columns that hold what a sample is, in a table. */
  readonly text?: readonly string[];
  /** Likewise of molecules. */
  readonly smiles?: string;
}

/** Something that was named and gives no sample. */
export interface Unusable {
  readonly name: string;
  readonly reason: string;
}

/** Where labels are, if not in the names of folders. */
export interface LabelPlaces {
  /** A file of labels beside the samples. */
  readonly labels?: string;
  /** The columns of targets: several, or one. */
  readonly columns?: readonly string[];
  readonly label?: string;
  /** Those that hold what a sample is, in a table. */
  readonly text?: readonly string[];
  readonly smiles?: string;
  /** Of masks: a file of classes, and the value that does not count. */
  readonly palette?: string;
  readonly ignore?: number;
}

export interface LabelledItems<Item> {
  readonly items: readonly Item[];
  /** Of some of them. */
  targets(indices: readonly number[]): Targets;
  /** Where words are tagged: of every word of a sample the index of its tag, −1 of one that does not count. */
  tagsOf?(index: number): readonly number[];
  /** Of one, where each has a size of its own, and how many of its values are no class: `targets` then only says how many there are. */
  own?(index: number): Promise<Targets & { readonly strangers: number }>;
  /** Rows that are of no use. */
  readonly refused: number;
  /** What was skipped, and what looks like a mistake; a line each. */
  readonly skipped: readonly string[];
  readonly notes: readonly string[];
  /** Classes and labels that are none of the model's, and how many samples have them. */
  readonly unknown: readonly { label: string; samples: number }[];
}

/** A loaded model. */
export interface Served<Item> {
  /** Answers to all that can be read, neighbours of one shape together. */
  answer(items: readonly Item[], listening: Answers): Promise<void>;
  release(): Promise<void>;
}

/** Who takes what an exported model answers. */
export interface Answers {
  /**
   * @param index the sample's place
   * @param logits [k], not to be kept; of a text's words [words, k], NaN of one that is cut away or has no token; of a picture
   *   of `size` [k, height, width]
   */
  onAnswer(
    index: number,
    logits: Float32Array,
    size?: { readonly width: number; readonly height: number },
  ): void | Promise<void>;
  /** A sample that cannot be read: the others are answered all the same. */
  onSkip(index: number, reason: string): void;
  /** Samples done with so far. */
  onProgress?(done: number): void;
  readonly signal?: AbortSignal;
}
