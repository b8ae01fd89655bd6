import { entitiesIn, softmax, tagScheme } from "@taskhead/core/internals";
import type { TextOfWords, Word } from "../../data/serving.js";

/** What a model says of the words of a text. Places are in the text, in UTF-16 units, the end not among them. */
export interface PredictedWords {
  /** null where it says nothing: a word that is cut away, or of which no token is made. */
  readonly words: readonly (Word & { readonly tag: string | null; readonly probability: number | null })[];
  readonly entities: readonly PredictedEntity[];
}

/** A run of words that names one thing. */
export interface PredictedEntity {
  readonly type: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** @param logits [words, k], NaN of a word without an answer */
export function predictedWords(
  { text, words }: TextOfWords,
  logits: Float32Array,
  tags: readonly string[],
): PredictedWords & { name: string } {
  const k = tags.length;
  const p = softmax(logits, k);
  const best = words.map((_, i) => likeliest(p.subarray(i * k, (i + 1) * k)));
  const answered = words.flatMap((word, i) => (best[i] === undefined ? [] : [{ word, tag: best[i] }]));
  const scheme = tagScheme(tags);
  const found = scheme
    ? entitiesIn(
        scheme,
        answered.map(({ tag }) => tag),
      )
    : [];
  return {
    name: text,
    words: words.map((word, i) => {
      const tag = best[i];
      return tag === undefined
        ? { ...word, tag: null, probability: null }
        : { ...word, tag: tags[tag]!, probability: p[i * k + tag]! };
    }),
    entities: found.map(({ type, from, to }) => {
      const [{ start }, { end }] = [answered[from]!.word, answered[to - 1]!.word];
      return { type, text: text.slice(start, end), start, end };
    }),
  };
}

function likeliest(p: Float64Array): number | undefined {
  if (Number.isNaN(p[0]!)) return undefined;
  return p.reduce((best, one, i) => (one > p[best]! ? i : best), 0);
}

/**
 * Of the logits of a text's tokens [tokens, k] those of its words' first ones, [words, k]; NaN of a word that has none.
 * @param places of each word that of its first token; -1 of one that has none
 * @param before tokens that come before the first: padding on the left
 */
export function logitsOfWords(logits: Float32Array, k: number, places: readonly number[], before = 0): Float32Array {
  const words = new Float32Array(places.length * k).fill(NaN);
  places.forEach((place, word) => {
    const from = (before + place) * k;
    if (place >= 0) words.set(logits.subarray(from, from + k), word * k);
  });
  return words;
}
