import { unitTargets, type Targets } from "@taskhead/core";
import { upTo } from "@taskhead/core/internals";

/** What a model says of the words that are scored. */
export interface AnsweredWords {
  /** [words, k], of all texts. */
  readonly logits: Float32Array;
  readonly targets: Targets;
  /** Of each text which of its words they are. */
  readonly words: readonly (readonly number[])[];
  /** Words that would be scored, and that the model does not answer. */
  readonly lost: number;
}

/**
 * The words of texts that have a tag and an answer.
 * @param rows of each text the logits of its words, [words, k]; NaN where there is no answer
 * @param tags of each text those of its words; −1 of one that does not count
 */
export function answeredWords(
  rows: readonly Float32Array[],
  tags: readonly (readonly number[])[],
  k: number,
): AnsweredWords {
  const counted = tags.map((own) => upTo(own.length).filter((word) => own[word]! >= 0));
  const words = counted.map((own, n) => own.filter((word) => !Number.isNaN(rows[n]![word * k])));
  const all = words.flatMap((own, n) => own.map((word) => rows[n]!.subarray(word * k, (word + 1) * k)));
  const logits = new Float32Array(all.length * k);
  all.forEach((row, i) => logits.set(row, i * k));
  return {
    logits,
    targets: unitTargets(words.map((own, n) => own.map((word) => tags[n]![word]!))),
    words,
    lost: counted.flat().length - all.length,
  };
}
