import type { TuneRow } from "@taskhead/core";
import { finite, significant } from "./format.js";

/** What c of the bound "distance ≤ c·E" was in these runs; null of fewer than two. */
export function boundSentence(rows: readonly Pick<TuneRow, "boundFactor">[]): string | null {
  const factors = rows.flatMap(({ boundFactor }) => finite(boundFactor) ?? []);
  if (factors.length < 2) return null;
  const [low, high] = [Math.min(...factors), Math.max(...factors)].map((value) => significant(value, 3));
  return `Energy bounds the distance, mean ‖z_T − z_0‖ ≤ c·E, but with a c that goes with ‖W‖, the kernel, the rate and the duration: c = distance / E was ${low} to ${high} in these runs, so that energy alone need not rank them.`;
}
