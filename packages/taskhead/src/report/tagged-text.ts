import type { GalleryItem } from "./pictures.js";
import { escapeHtml } from "./escape.js";

/** So many words are shown on either side of a wrong one. */
const around = 8;

/** A text whose wrong words are marked, each with the tag that it has and the one that the model gives, as HTML. */
export function taggedText(
  { words = [], units, wrong = [] }: Pick<GalleryItem, "words" | "units" | "wrong">,
  outputs: readonly string[],
): string {
  const mistakes = new Map(wrong.map((one) => [units?.[one.unit] ?? one.unit, one]));
  const places = [...mistakes.keys()];
  const near = (i: number): boolean => places.some((place) => Math.abs(place - i) <= around);
  const shown = words.map((word, i) => {
    const mistake = mistakes.get(i);
    if (!mistake) return near(i) ? escapeHtml(word) : null;
    const [truth, answer] = [mistake.truth, mistake.answer].map((tag) => escapeHtml(outputs[tag] ?? ""));
    return `<mark>${escapeHtml(word)}</mark> <small>${truth} → ${answer}</small>`;
  });
  // What lies between is said once.
  return shown.flatMap((one, i) => (one !== null ? [one] : shown[i - 1] === null ? [] : ["…"])).join(" ");
}
