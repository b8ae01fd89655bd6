import type { Word } from "../../data/serving.js";

/** The words of a text: runs of letters, digits and their marks, and every other character that is no space by itself. */
export function wordsOfText(text: string): Word[] {
  const found = text.matchAll(/[\p{L}\p{N}\p{M}]+|\P{White_Space}/gu);
  return Array.from(found, ({ 0: word, index }) => ({ text: word, start: index, end: index + word.length }));
}

/** Where words are that are given one by one: in them joined by spaces. */
export function placedWords(words: readonly string[]): Word[] {
  let start = 0;
  return words.map((text) => {
    const word = { text, start, end: start + text.length };
    start = word.end + 1;
    return word;
  });
}
