import type { Target } from "@taskhead/core/internals";
import type { LabelledTexts } from "./texts.js";

/** What of some samples is known of one output: how many have the class or the label, how many words the tag, which part of the pixels the class, or what numbers there are. */
export type Share =
  | { readonly output: string; readonly count: number }
  /** Of all pixels that count. */
  | { readonly output: string; readonly part: number }
  /** Null where none is known. */
  | { readonly output: string; readonly range: readonly [least: number, most: number] | null };

/** Of each output, in their order. */
export function sharesOf({ task, outputs, texts }: LabelledTexts): Share[] {
  if (task === "regression")
    return outputs.map((output, i) => {
      let range: [number, number] | null = null;
      for (const { target } of texts) {
        const value = (target as readonly number[])[i]!;
        if (!Number.isNaN(value))
          range = range ? [Math.min(range[0], value), Math.max(range[1], value)] : [value, value];
      }
      return { output, range };
    });
  const counts = outputs.map(() => 0);
  for (const { target } of texts) for (const place of placesIn(task, target)) counts[place]!++;
  return outputs.map((output, i) => ({ output, count: counts[i]! }));
}

/** The outputs that a sample has: its class, its labels, or the tag of each of its words. */
function placesIn(task: LabelledTexts["task"], target: Target): readonly number[] {
  if (typeof target === "number") return [target];
  if (task === "token-classification") return target.filter((tag) => tag >= 0);
  return target.flatMap((value, place) => (value === 1 ? [place] : []));
}
