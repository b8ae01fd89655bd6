import { sizeIn, type Json, type TextFiles } from "./files.js";

/** How many tokens a text may have, its special tokens among them, and who says so. */
export interface MaxLength {
  readonly tokens: number;
  /** The end of a sentence: `max_position_embeddings of config.json`. */
  readonly from: string;
}

/** Attention takes the square of a text's length; who wants longer ones may say so. */
const usual = 512;

/** Families whose positions begin after that of padding: theirs is counted from pad_token_id + 1 on. */
const afterPadding =
  /^(roberta|xlm-roberta|xlm-roberta-xl|camembert|data2vec-text|longformer|luke|mpnet|esm|ibert|xmod)$/;

/** The position of a text's first token. */
export function firstPositionOf(config: Json | undefined): number {
  return afterPadding.test(String(config?.["model_type"])) ? (sizeIn(config, "pad_token_id") ?? 1) + 1 : 0;
}

/** Families that have a row of a table for each position, and none beyond; positions of others are a formula. */
const byTable =
  /^(bert|distilbert|electra|albert|mobilebert|convbert|ernie|squeezebert|gpt2|roberta|xlm-roberta|xlm-roberta-xl|camembert|data2vec-text|longformer|mpnet|ibert)$/;

/** How many tokens of a text have a position, where the model has a table of them; undefined where it has none that is known. */
export function positionsOf(files: TextFiles): number | undefined {
  const config = files["config.json"];
  const isTable = byTable.test(String(config?.["model_type"]));
  const relative = String(config?.["position_embedding_type"] ?? "absolute") !== "absolute";
  return isTable && !relative ? saidPositions(config) : undefined;
}

function saidPositions(config: Json | undefined): number | undefined {
  const positions =
    sizeIn(config, "max_position_embeddings") ?? sizeIn(config, "n_positions") ?? sizeIn(config, "n_ctx");
  return positions && positions - firstPositionOf(config);
}

/** The longest text that a model takes: the smallest of what its files say and 512; of equal ones the first. */
export function maxLengthOf(files: TextFiles): MaxLength {
  const said: [number | undefined, string][] = [
    [sizeIn(files["sentence_bert_config.json"], "max_seq_length"), "max_seq_length of sentence_bert_config.json"],
    [saidPositions(files["config.json"]), "the positions of config.json"],
    [sizeIn(files["tokenizer_config.json"], "model_max_length"), "model_max_length of tokenizer_config.json"],
    [usual, "what is usual; a model of longer texts can be given more"],
  ];
  let found: MaxLength = { tokens: Infinity, from: "" };
  for (const [tokens, from] of said) if (tokens !== undefined && tokens < found.tokens) found = { tokens, from };
  return found;
}
