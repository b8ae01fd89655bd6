/** A longer one is none: such a file may be anything. */
const longest = 2 ** 22;

/** What a README.md of the hub says in YAML: the lines between two `---` at its begin. */
export function frontMatterIn(text: string): string | undefined {
  return text.length > longest ? undefined : /^\uFEFF?---\r?\n([^]*?)\r?\n---/.exec(text)?.[1];
}
