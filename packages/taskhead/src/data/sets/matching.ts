import picomatch from "picomatch";

/** Whether patterns, as `data/train-*.parquet`, mean a path, which is relative, with `/`. */
export function matching(patterns: readonly string[]): (path: string) => boolean {
  return picomatch(patterns.map((pattern) => pattern.replace(/^\.\//, "")));
}
