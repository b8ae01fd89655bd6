import type { Engine, Modality, Targets, TextFiles } from "@taskhead/core";
import type { Answer, Feeds, Groups } from "@taskhead/core/internals";
import type { PredictedWords } from "taskhead/inputs";
import type { Picture as Shown } from "taskhead/report";
import type { LabelledTexts } from "../data/texts.js";
import type { FoundMasks } from "../data/masks.js";
import type { Picture } from "../data/pictures.js";
import type { SetPlaces } from "../data/sets.js";
import type { BackboneChoice, Kind, Project } from "./project.js";

/** How far a long piece of work is. */
export interface Progress {
  readonly task: string;
  readonly done: number;
  readonly total: number;
}

/** What one is asked about. */
export type Asked = Blob | string;

/** What an exported file answers. */
export interface Logits {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** What a model says of it: of a whole sample, of each word of a text, or of each pixel of a picture. */
export type Said =
  | {
      readonly of: "sample";
      readonly answer: Answer;
      /** Of what was asked, where it is drawn; null where that cannot be done. */
      readonly picture?: string | null;
    }
  | { readonly of: "words"; readonly words: PredictedWords }
  | SaidOfPixels;

/** A class for each pixel, [height, width]. */
export interface SaidOfPixels {
  readonly of: "pixels";
  readonly width: number;
  readonly height: number;
  readonly classes: Uint8Array;
  /** What the classes are called. */
  readonly outputs: readonly string[];
}

/** Samples as they are kept. */
export interface ReadSamples extends Pick<
  Project,
  "task" | "outputs" | "names" | "targets" | "sets" | "groups" | "keys" | "unreadable"
> {
  readonly bytes: Uint8Array;
}

/** Samples as training takes them. */
export interface OpenedSamples<Source = unknown> {
  readonly modality: Modality<Source>;
  /** What is to be predicted of each. */
  readonly targets: Targets;
  /** Some of them, by their places. */
  pick(chosen: readonly number[]): Source;
  /** Equal for samples that are the same. */
  readonly keys: readonly string[];
  /** Equal for samples that stay on one side of the split, where no column says groups; absent where that is at random. */
  readonly groups?: Groups;
  /** Of the exported file's session, where it wants so many. */
  readonly threads?: number;
  /** What is to be known of how they are read; a sentence each. */
  readonly said: readonly string[];
  /**
   * Asks the exported file.
   * @param exported its bytes
   * @throws {Error} if what is asked cannot be read
   */
  ask(logitsOf: (feeds: Feeds) => Promise<Logits>, asked: Asked, exported: Uint8Array): Promise<Said>;
  /**
   * What a report shows of some of them, by their places.
   * @param answers of maps: what the probed head and the winner say of the first ones, [n, 2, height, width]
   */
  shown(places: readonly number[], answers?: Uint8Array): Promise<Omit<Shown, "index">[]>;
}

/** What the pages gives to begin with. */
export interface Given {
  readonly kind: Kind;
  readonly backbone: BackboneChoice;
  readonly model: Uint8Array;
  /** Of the files in which it keeps weights, by its own names for them. */
  readonly weights: ReadonlyMap<string, Blob>;
  /** The JSON files beside the model. */
  readonly files: TextFiles;
  /** Of that kind; nothing of the others. */
  readonly pictures: readonly Picture[];
  readonly pictureSets: SetPlaces | null;
  readonly masks: FoundMasks | null;
  /** Of pictures by class or with masks: the column that says their groups, where they are kept together. */
  readonly group: string | null;
  /** Molecules are texts of SMILES; graphs, and pictures of a table's rows, are beside empty ones. */
  readonly texts: LabelledTexts | null;
}

/** What is kept of a project, apart from the project itself. */
export interface Kept {
  readonly samples: Uint8Array;
  readonly model: Uint8Array;
  readonly files: TextFiles;
}

/** A kind of samples to a job. */
export interface KindOfSamples {
  /** Makes of what was given what is kept. */
  read(given: Given, engine: Engine, onEvent: (event: Progress) => void): Promise<ReadSamples>;
  open(project: Project, kept: Kept, engine: Engine): Promise<OpenedSamples>;
}
