import { entitiesIn, softmax, tagScheme } from "@taskhead/core/internals";
import type { TextOfWords, Word } from "../data/kind.js";
import { csv } from "../files/csv.js";
import { percent } from "../terminal/format.js";
import { table } from "../terminal/table.js";

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

/** A text and what is said of its words. */
type Told = Partial<PredictedWords> & { readonly name: string };

/** A table of every text's words, and its entities under it: `PER: John`. */
export function wordTables(all: readonly Told[], width: number | undefined): string {
  return all
    .map(({ name, words = [], entities = [] }) => {
      const rows = words.map(({ text, tag, probability }) => [text, tag ?? "", percent(probability)]);
      const told = entities.map(({ type, text }) => `${type}: ${inOneLine(text)}`).join(", ");
      return [
        ...(all.length > 1 ? [inOneLine(name)] : []),
        table(["word", "tag", "probability"], rows, { left: [0, 1], width }),
        told === "" ? "no entities" : told,
      ].join("\n");
    })
    .join("\n\n");
}

function inOneLine(text: string): string {
  return text.replace(/\s+/gu, " ").trim();
}

/** A line per word. */
export function wordCsv(all: readonly Told[], sample: string): string {
  const rows = all.flatMap(({ name, words = [] }) =>
    words.map(({ text, start, end, tag, probability }) => [name, start, end, text, tag ?? "", probability ?? ""]),
  );
  return csv([[sample, "start", "end", "word", "tag", "probability"], ...rows]);
}
