/** `.tsv` of `a/B.TSV`: the end of a file's name, lower case; empty where it has none. */
export function endingOf(path: string): string {
  return /[^/\\](\.[^./\\]*)$/.exec(path)?.[1]?.toLowerCase() ?? "";
}
