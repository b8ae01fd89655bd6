import type { Model } from "@taskhead/autograd";
import type { Engine, Modality, Targets, TuneSet } from "@taskhead/core";
import type { Configuration, ObjectiveName, TuneSets, Unserved } from "@taskhead/core/internals";
import type { ReadModel } from "../files/model-file.js";
import type { TuneOptions } from "../options/options.js";
import type { Dividing } from "./splits/dividing.js";
import type { Listener } from "./listener.js";

/**
 * A kind of data in files: all that a command asks of images, texts or molecules. A job goes through it from the top: what
 * can be refused is refused before any sample is opened.
 */
export interface Kind<
  Source extends Marked = Marked,
  Found extends FoundSet = FoundSet,
  R extends Reading<Source> = Reading<Source>,
> {
  /** Its modality's name: `images`. An exported model says it, for those who use it. */
  readonly name: string;
  /** Where a set of samples lies, a noun: `folder`. */
  readonly place: string;
  /** What one sample is called, a noun that takes an s: `image`. */
  readonly sample: string;
  /** The versions of what turns files into numbers: other ones may do it otherwise. */
  versions(): Configuration;
  /** How samples become the model's input: by what is asked for, and by what the model's files say. */
  reading(options: TuneOptions, model: OpenedFile): Promise<R>;
  /**
   * Finds a set of samples, and what is to be predicted of each.
   * @param within.like the training set: targets are then in terms of its outputs
   * @param within.set which set is meant, where the path holds several
   * @throws {UserError} if there is none of use
   */
  scan(
    path: string,
    options: TuneOptions,
    within: { like?: Found; set?: SetOfFiles; signal?: AbortSignal },
  ): Promise<Found>;
  /** Sets that lie beside the training samples, for those that nobody has named. */
  offered?(train: Found, wanted: readonly ("validation" | "test")[], options: TuneOptions): Promise<Offered<Found>>;
  /** @throws {UserError} if a split of these samples leaves none to validate on */
  requireSplittable(train: Found, fraction: number): void;
  /** Settles by measurement what the reading leaves open. */
  measured?(reading: R, measuring: Measuring<Found>, listener: Listener): Promise<R>;
  /** Of each sample what tells it apart wherever it is read, such as its file's hash. Default: its content's key. */
  marksOf?(source: Source): readonly string[];
  /** Opens all sets of a job; validation samples are split from the training samples where there are none. */
  load(
    engine: Engine,
    found: FoundSets<Found>,
    reading: R,
    options: TuneOptions & Dividing,
    listener: Listener,
  ): Promise<LoadedSets<Source>>;
  /**
   * What a page shows of some samples of a set.
   * @param root the path that names are told from
   * @param maps of masks: classes that were answered before and after fine-tuning, [n, 2, height, width] (`hardMapsKey`)
   */
  shown(
    source: Source,
    indices: readonly number[],
    root: string | null | undefined,
    maps?: Uint8Array,
  ): Promise<Shown[]>;
  /** Whether it is told where the features are and how they are pooled: for images it is no question. */
  readonly tellsFeatures: boolean;
  /** What the card of an exported model says of it. */
  readonly card: KindCard;
  /** An exported model, used as any server would: nothing of ours in between. */
  readonly serving: Serving;
}

export interface KindCard {
  /** The hub's name for the task, and that of transformers.js' pipeline where it has one. */
  readonly pipeline: string;
  /** The hub's name for a set of such samples. */
  readonly dataset: string;
  /** Two samples in JavaScript, for an example. */
  readonly example: string;
  /** What an ONNX runtime is fed, and what happens inside: a part of a sentence before and one after its `logits`. */
  readonly feeds: string;
  readonly inside: string;
  /** Whether transformers.js has the pipeline, and whether that takes the sigmoid of several labels. */
  readonly transformers: boolean;
  readonly sigmoid: boolean;
  /** What is otherwise for some tasks. */
  readonly of?: Readonly<Partial<Record<ObjectiveName, Partial<Omit<KindCard, "of">>>>>;
  /** What a run's options say of how samples became the model's input, part of a sentence. */
  made?(options: Readonly<Record<string, unknown>>): string;
}

/** A model, and what it was before it was exported, if that was here. */
export interface OpenedFile {
  /** Where it lies. */
  readonly path: string;
  readonly model: Model;
  readonly unserved: Unserved | undefined;
  /** The content of its config.json, if it has one. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** How samples become a model's input, and who says so. */
export interface Reading<Source> {
  readonly modality: Modality<Source>;
  /** In one line each, for people. */
  readonly told: readonly string[];
  /** What of it decides a result. */
  readonly identity: Configuration;
  /** The options that it settles, for a report. */
  readonly options: Readonly<Record<string, string | number | boolean | null>>;
  /** The options that were measured: as if they had been given. */
  readonly settled?: Partial<TuneOptions>;
  /** What a program is told of it. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** A set of samples before any is opened. */
export interface FoundSet {
  /** As it was asked for. */
  readonly path: string;
  /** The classes, the labels, or the names of the numbers. */
  readonly outputs: readonly string[];
  readonly count: number;
  /** Changes with any sample's content, and with what is to be predicted of it. */
  readonly fingerprint: { readonly text: string };
}

export type SetOfFiles = "train" | "validation" | "test";

export interface Offered<Found> {
  readonly validation?: Found;
  readonly test?: Found;
  /** What is taken, and what is not and why; a sentence each. */
  readonly said: readonly string[];
}

export interface FoundSets<Found> {
  readonly train: Found;
  /** null: split from the training samples. */
  readonly validation: Found | null;
  readonly test: Found | null;
  readonly ood: readonly Found[];
}

/** Samples with a mark that changes with any of them. */
export interface Marked {
  readonly fingerprint: string;
}

export interface LoadedSets<Source> extends Required<TuneSets<Source>> {
  readonly test: TuneSet<Source> | null;
  readonly ood: readonly TuneSet<Source>[];
  /** Removes what was kept in the cache folder for this run alone. */
  close(): Promise<void>;
}

/** What a reading is measured on. */
export interface Measuring<Found> {
  readonly engine: Engine;
  readonly backbone: ReadModel;
  /** The versions that compute it. */
  readonly computedBy: Configuration;
  readonly train: Found;
  readonly options: TuneOptions;
}

/** What a page shows of a sample besides numbers. */
export interface Shown {
  /** Where it comes from, such as a file or a row. */
  readonly name: string;
  /** A small copy as a `data:` URI; null where there is no picture. */
  readonly thumbnail: string | null;
  /** What it says, of texts. */
  readonly text?: string;
  /** Its words, where each has an answer of its own. */
  readonly words?: readonly string[];
  /** Which words the answers are of, in their order; absent where they are of all. */
  readonly units?: readonly number[];
  /** Of pictures with masks: small copies as `data:` URIs of the truth, and of what was answered before and after. */
  readonly maps?: { readonly truth?: string; readonly before?: string; readonly after?: string };
}

/** What an exported model gives. */
export interface Answering {
  readonly objective: ObjectiveName;
  /** The classes, the labels, or the names of the numbers. */
  readonly outputs: readonly string[];
  /** Its folder. */
  readonly folder: string;
}

/** @typeParam Item a sample as a person has it: a file, a text */
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
  /** Of one, where each has a size of its own: `targets` then only says how many there are. */
  own?(index: number): Promise<Targets>;
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
