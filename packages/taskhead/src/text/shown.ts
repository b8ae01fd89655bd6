import type { Shown } from "../data/shown.js";
import type { TextSample } from "./text-source.js";

/** Texts for a page. @param names what they are called */
export function shownTexts(
  samples: readonly Pick<TextSample, "text" | "pair" | "words">[],
  names: readonly string[],
): Shown[] {
  return samples.map((sample, i) => ({
    name: names[i]!,
    thumbnail: null,
    text: inOneLine(sample),
    ...(sample.words ? { words: sample.words } : {}),
  }));
}

/** Both texts of a pair. */
export function inOneLine({ text, pair }: Pick<TextSample, "text" | "pair">): string {
  return [text, ...(pair === undefined ? [] : [pair])].map((one) => one.replace(/\s+/gu, " ").trim()).join(" ⏐ ");
}
