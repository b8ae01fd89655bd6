import type { Model } from "@taskhead/autograd";
import type { Engine, Modality, TuneSet } from "@taskhead/core";
import type { Configuration, ObjectiveName, TuneSets, Unserved } from "@taskhead/core/internals";
import type { ReadModel } from "../files/model-file.js";
import type { TuneOptions } from "../options/options.js";
import type { GuessedTask } from "./tables/usual-task.js";
import type { Dividing } from "./splits/dividing.js";
import type { Listener } from "./listener.js";
import type { Serving } from "./serving.js";
import type { Shown } from "./shown.js";

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
  /**
   * What is learnt of training samples where nobody says it, by what they say themselves. Absent where only one thing can be.
   * @throws {UserError} if there are none, or what they say cannot be read
   */
  guess?(path: string, asked: AskedData): Promise<GuessedTask<ObjectiveName>>;
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

/** The options that say which columns or files of training samples are read. */
export type AskedData = Partial<
  Pick<TuneOptions, "text" | "label" | "labels" | "columns" | "smiles" | "group" | "cache">
>;

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
