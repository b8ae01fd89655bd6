import picomatch from "picomatch";

/** Those of some paths that patterns mean, as `data/train-*.parquet`. @param paths relative, with `/` */
export function matching(patterns: readonly string[], paths: readonly string[]): string[] {
  const means = picomatch(patterns.map((pattern) => pattern.replace(/^\.\//, "")));
  return paths.filter((path) => means(path));
}
