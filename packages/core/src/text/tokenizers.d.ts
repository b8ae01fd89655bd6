/**
 * The part of @huggingface/tokenizers 0.2 that is used here. The declarations that the package ships import each other
 * without the endings that a compiler of modules asks for; tsconfig.base.json points it here instead.
 */
export class Tokenizer {
  /** @throws {Error} on parts that it does not know */
  constructor(tokenizer: object, config: object);
  normalizer: Normalizer | null;
  pre_tokenizer: PreTokenizer | null;
  model: TokenizerModel | null;
  post_processor: object | null;
  encode(text: string, options?: { add_special_tokens?: boolean }): { ids: number[] };
  token_to_id(token: string): number | undefined;
}

export interface TokenizerModel {
  tokens_to_ids: Map<string, number>;
  unk_token_id?: number;
  /** Whether neighbours that are unknown become one. */
  fuse_unk: boolean;
  encode(words: string[]): string[];
}

/** May be called, which normalises. */
export abstract class Normalizer {
  constructor(config: object);
  config: object;
  abstract normalize(text: string): string;
}

export class SequenceNormalizer extends Normalizer {
  normalizers: (Normalizer | null)[];
  normalize(text: string): string;
}

/** May be called, which splits. */
export abstract class PreTokenizer {
  abstract pre_tokenize_text(text: string, options?: { section_index?: number }): string[];
}

export class SequencePreTokenizer extends PreTokenizer {
  tokenizers: (PreTokenizer | null)[];
  pre_tokenize_text(text: string): string[];
}

export class ByteLevelPreTokenizer extends PreTokenizer {
  pattern: RegExp;
  pre_tokenize_text(text: string): string[];
}
