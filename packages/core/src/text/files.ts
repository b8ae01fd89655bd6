/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** JSON files of a model's folder by their paths in it, parsed; those that are not there are left out. */
export type TextFiles = Readonly<Partial<Record<Exclude<TextFile, "modules.json">, Json>>> & {
  /** A list. */
  readonly "modules.json"?: unknown;
};

/** The files that say how a model takes texts. */
export const textFiles = [
  "config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "modules.json",
  "sentence_bert_config.json",
  "config_sentence_transformers.json",
  "1_Pooling/config.json",
] as const;

export type TextFile = (typeof textFiles)[number];

/** The number that a file says, where it says one that makes sense as a size. */
export function sizeIn(file: Json | undefined, name: string): number | undefined {
  const value = file?.[name];
  // Where a model has no limit, its tokenizer_config.json says 1e30.
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value < 2 ** 31 ? value : undefined;
}

/** A token as files write it: plain, or with what else is known of it. */
export function tokenIn(file: Json | undefined, name: string): string | undefined {
  const value = file?.[name];
  const content = typeof value === "object" && value !== null ? (value as Json)["content"] : value;
  return typeof content === "string" ? content : undefined;
}
