import type { Engine, Modality, TextFiles } from "@taskhead/core";
import type { Feeds } from "@taskhead/core/internals";
import type { LabelledTexts } from "../data/texts.js";
import type { Picture } from "../data/pictures.js";
import type { BackboneChoice, Project } from "./project.js";

/** How far a long piece of work is. */
export interface Progress {
  readonly task: string;
  readonly done: number;
  readonly total: number;
}

/** What one is asked about. */
export type Asked = Blob | string;

/** Samples as they are kept. */
export interface ReadSamples extends Pick<Project, "task" | "outputs" | "names" | "targets" | "unreadable"> {
  readonly bytes: Uint8Array;
}

/** Samples as training takes them. */
export interface OpenedSamples<Source = unknown> {
  readonly modality: Modality<Source>;
  /** Some of them, by their places. */
  pick(chosen: readonly number[]): Source;
  /** Equal for samples that are the same. */
  readonly keys: readonly string[];
  /** What is to be known of how they are read; a sentence each. */
  readonly said: readonly string[];
  /** What the exported file takes. @throws {Error} if it cannot be read */
  feeds(asked: Asked): Promise<Feeds>;
}

/** What the pages gives to begin with. */
export interface Given {
  readonly backbone: BackboneChoice;
  readonly model: Uint8Array;
  /** Of the files in which it keeps weights, by its own names for them. */
  readonly weights: ReadonlyMap<string, Blob>;
  /** The JSON files beside the model. */
  readonly files: TextFiles;
  /** Of the kind that the backbone takes. */
  readonly pictures: readonly Picture[];
  readonly texts: LabelledTexts | null;
}

/** What is kept of a project, apart from the project itself. */
export interface Kept {
  readonly samples: Uint8Array;
  readonly files: TextFiles;
}

/** A kind of samples to a job. */
export interface KindOfSamples {
  /** Makes of what was given what is kept. */
  read(given: Given, engine: Engine, onEvent: (event: Progress) => void): Promise<ReadSamples>;
  open(project: Project, kept: Kept, engine: Engine): Promise<OpenedSamples>;
}
