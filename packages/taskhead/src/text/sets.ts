import type { Texts } from "@taskhead/core";
import type { FoundSet, Marked } from "../data/kind.js";
import type { TextSample, TextSource } from "./text-source.js";

/** Texts of a set as token ids, and what they were. */
export interface FileTexts extends Texts, Marked {
  readonly samples: readonly TextSample[];
  /** Where words have tags: of each that counts which word of its text it is, [units]. */
  readonly words?: Uint32Array;
  /** What they are called. */
  readonly names: readonly string[];
}

/** Texts before they are tokenised. */
export interface FoundTexts extends FoundSet {
  readonly source: TextSource;
}
