import type { LabelledTexts } from "./texts.js";

/** What of some samples is known of one output: how many have the class or the label, or what numbers there are. */
export type Share =
  | { readonly output: string; readonly count: number }
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
  for (const { target } of texts)
    if (typeof target === "number") counts[target]!++;
    else target.forEach((value, i) => (counts[i]! += value === 1 ? 1 : 0));
  return outputs.map((output, i) => ({ output, count: counts[i]! }));
}
