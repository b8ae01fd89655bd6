/** What a tag says of a word: where in an entity it stands, and of which type. */
interface Tag {
  /** `B` begins an entity, `I` is inside one, `E` ends one, `S` is one by itself, `O` is outside of any. */
  readonly place: "B" | "I" | "E" | "S" | "O";
  readonly type: string;
}

/** A run of words that names one thing. */
export interface Entity {
  readonly type: string;
  /** Its first word, and the one behind its last. */
  readonly from: number;
  readonly to: number;
}

/** What entities are told by: the schemes IOB1, IOB2, IOBES and BILOU by their letters, or equal tags in a row. */
export interface TagScheme {
  readonly tags: readonly Tag[];
  /** The types of entities, sorted. */
  readonly types: readonly string[];
}

/** BILOU says last and unit. */
const places: Readonly<Record<string, Tag["place"]>> = { B: "B", I: "I", E: "E", L: "E", S: "S", U: "S" };

/**
 * How a set of tags names entities; undefined where it names none, as parts of speech do, which tell something of every word.
 * A tag that has a letter of the schemes and a hyphen in front is of the type behind it. Tags without any are types
 * themselves if there is an `O` beside them.
 */
export function tagScheme(tags: readonly string[]): TagScheme | undefined {
  const outside = (tag: string): boolean => tag === "O";
  const lettered = tags.filter((tag) => !outside(tag)).every((tag) => /^[BIELSU]-./.test(tag));
  if (!tags.some(outside) && !lettered) return undefined;
  const read = tags.map((tag): Tag => {
    if (outside(tag)) return { place: "O", type: "" };
    return lettered ? { place: places[tag[0]!]!, type: tag.slice(2) } : { place: "I", type: tag };
  });
  const types = new Set(read.flatMap(({ place, type }) => (place === "O" ? [] : [type])));
  return { tags: read, types: [...types].sort() };
}

/**
 * The entities that the tags of a text name, read as `conlleval` does and, after it, seqeval unless it is asked to be strict:
 * an entity goes on as long as the type stays and no tag begins or ends one, so that one may begin with `I`.
 * @param labels indices of tags, of one text
 */
export function entitiesIn({ tags }: TagScheme, labels: ArrayLike<number>): Entity[] {
  const entities: Entity[] = [];
  let before: Tag = { place: "O", type: "" };
  let from = 0;
  for (let i = 0; i <= labels.length; i++) {
    const tag: Tag = i < labels.length ? tags[labels[i]!]! : { place: "O", type: "" };
    const inside = before.place !== "O";
    const ends =
      inside &&
      (tag.type !== before.type ||
        before.place === "E" ||
        before.place === "S" ||
        tag.place === "B" ||
        tag.place === "S" ||
        tag.place === "O");
    if (ends) entities.push({ type: before.type, from, to: i });
    if (tag.place !== "O" && (!inside || ends)) from = i;
    before = tag;
  }
  return entities;
}
