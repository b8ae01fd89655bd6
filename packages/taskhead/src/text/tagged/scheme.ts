/** How tags mark where an entity begins and ends. */
export type Scheme = "BIO" | "BIOES" | "BILOU" | "IO" | "types" | "words";

/**
 * By the tags that there are: `B-PER I-PER O`; with `E-` and `S-` (or `L-` and `U-`) for an entity's end and for one of a single
 * word; with `I-` alone; types without a mark beside `O`; or something of every word, such as `NOUN`.
 */
export function schemeOf(tags: readonly string[]): Scheme {
  const others = tags.filter((tag) => tag !== "O");
  const marks = new Set(others.map((tag) => /^([BIELSU])-./.exec(tag)?.[1]));
  if (marks.has(undefined)) return others.length < tags.length ? "types" : "words";
  if (marks.has("L") || marks.has("U")) return "BILOU";
  if (marks.has("E") || marks.has("S")) return "BIOES";
  return marks.has("B") ? "BIO" : "IO";
}

/** What a person is told of a scheme: how its entities are read. */
export const schemeInWords: Readonly<Record<Scheme, string>> = {
  BIO: "B- begins an entity and I- goes on with it",
  BIOES: "B- begins an entity, I- goes on with it, E- ends it, and S- is one of a single word",
  BILOU: "B- begins an entity, I- goes on with it, L- ends it, and U- is one of a single word",
  IO: "there is no B-, so neighbours of one type are one entity",
  types: "tags are without B- and I-, so neighbours with the same one are one entity",
  words: "no tag is O, so each word is scored by itself",
};

/** Whether a word's tag goes on with an entity that nothing began. @param before the tag of the word before it */
export function lacksBegin(tag: string | undefined, before: string | undefined): boolean {
  const type = /^[IEL]-(.+)$/.exec(tag ?? "")?.[1];
  return type !== undefined && !(before !== undefined && /^[BI]-/.test(before) && before.slice(2) === type);
}
