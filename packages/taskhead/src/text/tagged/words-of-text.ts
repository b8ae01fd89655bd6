/** A word of a text, and where it is: from `start` on, before `end`, in UTF-16 units. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The words of a text: runs of letters, digits and their marks, and every other character that is no space by itself. */
export function wordsOfText(text: string): Word[] {
  const found = text.matchAll(/[\p{L}\p{N}\p{M}]+|\P{White_Space}/gu);
  return Array.from(found, ({ 0: word, index }) => ({ text: word, start: index, end: index + word.length }));
}
