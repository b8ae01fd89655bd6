import { csv } from "../files/csv.js";
import { percent } from "../terminal/format.js";
import { table } from "../terminal/table.js";
import type { PredictedWords } from "../text/tagged/predicted-words.js";

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
