/** How long the samples of a set are, as texts are in tokens. */
export interface Lengths {
  /** the longest that a sample may be */
  most: number;
  /** how many were longer, and cut to that */
  cut: number;
  /** of those that were not cut; null where all were */
  longest: number | null;
  /** of all */
  median: number;
  /** lengths in a bin: bin i is of i·width + 1 to (i + 1)·width */
  width: number;
  /** how many of the samples that were not cut are in each bin, to the longest */
  counts: number[];
}

/** Bins that are enough for a picture. */
const mostBins = 24;

/**
 * @param all of every sample, at most `most`
 * @param cut places of those that were cut to that
 */
export function lengthsOf(all: ArrayLike<number>, cut: ReadonlySet<number>, most: number): Lengths {
  const whole = Array.from(all).filter((_, i) => !cut.has(i));
  const longest = whole.reduce((a, b) => Math.max(a, b), 0);
  const width = Math.max(1, Math.ceil(longest / mostBins));
  const counts = Array<number>(Math.ceil(longest / width)).fill(0);
  for (const length of whole) counts[Math.ceil(length / width) - 1]!++;
  const sorted = Uint32Array.from(all).sort();
  return {
    most,
    cut: all.length - whole.length,
    longest: whole.length > 0 ? longest : null,
    median: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
    width,
    counts,
  };
}
