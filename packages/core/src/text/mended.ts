import {
  ByteLevelPreTokenizer,
  Normalizer,
  PreTokenizer,
  SequenceNormalizer,
  SequencePreTokenizer,
  Tokenizer as LibraryTokenizer,
  type TokenizerModel,
} from "@huggingface/tokenizers";
import type { Json } from "./files.js";
import { precompiled } from "./precompiled.js";
import { youngerControls, youngerMarks } from "./unicode-8.js";

/**
 * The library's tokenizer, with those parts replaced that do not do what the reference (the Rust crate `tokenizers`, which
 * models were pretrained with) does. Special tokens are left to `template.ts`.
 * @throws {Error} of the library, on a part that it does not know
 */
export function mendedTokenizer(tokenizer: Json, config: Json): LibraryTokenizer {
  const library = new LibraryTokenizer(tokenizer, config);
  library.normalizer = normalizerOf(library.normalizer, tokenizer["normalizer"]);
  library.pre_tokenizer = preTokenizerOf(library.pre_tokenizer, tokenizer["pre_tokenizer"]);
  library.post_processor = null;
  if (library.model?.fuse_unk) fuseUnknown(library.model);
  return library;
}

/** In code units. Of a longer word the library would hand on more tokens than a call can take. */
const longestWord = 20_000;

/**
 * Neighbours that are unknown become one, within a word. The library joins them across words too, and compares the text that
 * it has joined with the vocabulary at each step, which takes the square of its length.
 */
function fuseUnknown(model: TokenizerModel): void {
  const { unk_token_id: unknown, tokens_to_ids: ids } = model;
  const encode = model.encode.bind(model);
  const isUnknown = (token: string | undefined): boolean =>
    token !== undefined && (ids.get(token) ?? unknown) === unknown;
  model.fuse_unk = false;
  model.encode = (words) =>
    words.flatMap((word) => {
      const tokens: string[] = [];
      for (let from = 0; from < word.length; from += longestWord)
        for (const token of encode([word.slice(from, from + longestWord)])) tokens.push(token);
      return tokens.filter((token, i) => i === 0 || !isUnknown(token) || !isUnknown(tokens[i - 1]));
    });
}

/** What a part of tokenizer.json does to a text. */
type Change = (text: string) => string;
type Split = (text: string, first: boolean) => string[];

function normalizerOf(built: Normalizer | null, given: unknown): Normalizer | null {
  const config = given as Json | null;
  if (!built || !config) return built;
  if (built instanceof SequenceNormalizer) {
    const parts = (config["normalizers"] ?? []) as unknown[];
    built.normalizers = built.normalizers.map((part, i) => normalizerOf(part, parts[i]));
    return built;
  }
  const change = changes[String(config["type"])]?.(config);
  return change ? new OwnNormalizer(built.config, change) : built;
}

function preTokenizerOf(built: PreTokenizer | null, given: unknown): PreTokenizer | null {
  const config = given as Json | null;
  if (!built || !config) return built;
  if (built instanceof SequencePreTokenizer) {
    const parts = (config["pretokenizers"] ?? []) as unknown[];
    built.tokenizers = built.tokenizers.map((part, i) => preTokenizerOf(part, parts[i]));
    return built;
  }
  if (built instanceof ByteLevelPreTokenizer) {
    built.pattern = byteLevel;
    return built;
  }
  const split = splits[String(config["type"])]?.(config);
  return split ? new OwnPreTokenizer(split) : built;
}

class OwnNormalizer extends Normalizer {
  readonly #change: Change;

  constructor(config: object, change: Change) {
    super(config);
    this.#change = change;
  }

  normalize(text: string): string {
    return this.#change(text);
  }
}

class OwnPreTokenizer extends PreTokenizer {
  readonly #split: Split;

  constructor(split: Split) {
    super();
    this.#split = split;
  }

  pre_tokenize_text(text: string, options?: { section_index?: number }): string[] {
    return this.#split(text, options?.section_index === 0);
  }
}

const changes: Partial<Record<string, (config: Json) => Change>> = {
  BertNormalizer: bertNormalizer,
  // The reference maps letter by letter: a sigma that ends a word is one like others.
  Lowercase: () => lowercase,
  Precompiled: (config) => precompiled(String(config["precompiled_charsmap"] ?? "")),
};

function lowercase(text: string): string {
  return text.replaceAll("Σ", "σ").toLowerCase();
}

/** Those beyond the first plane are among them, and U+2B820 to U+2B91F are not, as in the reference. */
const chinese =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

const invisible = new RegExp(`[\\0\\ufffd]|(?![\\t\\n\\r]|${youngerControls})[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}]`, "gu");

function bertNormalizer(config: Json): Change {
  const { clean_text: clean = true, handle_chinese_chars: spaced = true, lowercase: lower = true } = config;
  const strip = config["strip_accents"] ?? lower;
  return (text) => {
    let now = text;
    if (clean) now = now.replace(invisible, "").replace(/\p{White_Space}/gu, " ");
    if (spaced) now = now.replace(chinese, " $& ");
    if (strip) now = now.normalize("NFD").replace(/\p{Mn}/gu, "");
    return lower ? lowercase(now) : now;
  };
}

/** The library's, with the reference's spaces: U+0085 among them, and U+FEFF not. */
const byteLevel =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** Of any script, and with ASCII's symbols; the reference knows those of Unicode 8. */
const mark = `(?:[\\u166d!-/:-@[-\`{-~]|(?!${youngerMarks})\\p{P})`;
const marks = new RegExp(mark, "gu");
const bert = new RegExp(`${mark}|(?:(?!${mark})\\P{White_Space})+`, "gu");

const splits: Partial<Record<string, (config: Json) => Split>> = {
  BertPreTokenizer: () => (text) => text.match(bert) ?? [],
  // Words of any script, where the library knows Latin letters alone.
  Whitespace: () => (text) =>
    text.match(
      /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d\p{White_Space}]+/gu,
    ) ?? [],
  WhitespaceSplit: () => (text) => text.match(/\P{White_Space}+/gu) ?? [],
  Digits: (config) => (text) => text.match(config["individual_digits"] ? /\P{N}+|\p{N}/gu : /\P{N}+|\p{N}+/gu) ?? [],
  Punctuation: (config) => (text) => punctuated(text, String(config["behavior"] ?? "Isolated").toLowerCase()),
  Metaspace: metaspace,
};

/** What becomes of a text's marks of punctuation. */
function punctuated(text: string, behaviour: string): string[] {
  const pieces: { text: string; isMark: boolean }[] = [];
  let end = 0;
  const add = (from: number, to: number, isMark: boolean): void => {
    if (to > from) pieces.push({ text: text.slice(from, to), isMark });
  };
  for (const { index, 0: found } of text.matchAll(marks)) {
    add(end, index, false);
    add(index, (end = index + found.length), true);
  }
  add(end, text.length, false);
  if (behaviour === "removed") return pieces.filter(({ isMark }) => !isMark).map((piece) => piece.text);
  const joins = joinsOf[behaviour];
  const joined: string[] = [];
  pieces.forEach((piece, i) => {
    if (i > 0 && joins?.(pieces[i - 1]!.isMark, piece.isMark)) joined[joined.length - 1] += piece.text;
    else joined.push(piece.text);
  });
  return joined;
}

/** Whether a piece goes to the one before it. */
const joinsOf: Partial<Record<string, (markBefore: boolean, isMark: boolean) => boolean>> = {
  contiguous: (before, now) => before && now,
  mergedwithprevious: (before, now) => !before && now,
  mergedwithnext: (before, now) => before && !now,
};

/** Spaces become a mark that begins a word; unless told not to, words are taken apart there. */
function metaspace(config: Json): Split {
  const mark = String(config["replacement"] ?? "▁");
  const scheme = config["prepend_scheme"] ?? (config["add_prefix_space"] === false ? "never" : "always");
  return (text, first) => {
    const marked = text.replaceAll(" ", mark);
    const prefixed =
      !marked.startsWith(mark) && (scheme === "always" || (scheme === "first" && first)) ? mark + marked : marked;
    if (config["split"] === false) return [prefixed];
    return prefixed.split(mark).flatMap((word, i) => (i > 0 ? [mark + word] : word === "" ? [] : [word]));
  };
}
