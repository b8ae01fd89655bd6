import { DataError } from "../given/errors.js";
import type { Targets } from "../data/targets.js";
import { Breather } from "../engine/breather.js";
import type { Texts } from "./texts.js";
import type { Encoded, Tokenizer } from "./tokenizer.js";
import { encodeWords } from "./words.js";

/** A text, or two that belong together. */
export interface Text {
  readonly text: string;
  readonly pair?: string;
}

export interface Tokenized extends Pick<Texts, "ids" | "starts" | "types"> {
  readonly count: number;
  /** The places of those that lost their end, or their beginning. */
  readonly cut: readonly number[];
}

/** Who watches, and may stop it. */
export interface Tokenizing {
  onProgress?: (done: number) => void;
  signal?: AbortSignal;
}

/** Texts as a model reads them, one after another; the event loop gets its turn in between. */
export async function tokenize(
  tokenizer: Pick<Tokenizer, "encode">,
  texts: Iterable<Text>,
  tokenizing: Tokenizing = {},
): Promise<Tokenized> {
  return collected(texts, ({ text, pair }) => tokenizer.encode(text, pair), tokenizing);
}

/** A text as its words, each with what is to be predicted of it. */
export interface TaggedWords {
  readonly words: readonly string[];
  /** Of each word the index of its tag; −1 of one that does not count. */
  readonly tags: readonly number[];
}

export interface TokenizedWords extends Tokenized {
  /** Of the words that count and are there, which are the units of a text. */
  readonly targets: Targets & { readonly data: Int32Array; readonly starts: Uint32Array };
  /** Of each unit the place of its first token in its text: [units] */
  readonly places: Uint32Array;
  /** Of each unit which word of its text it is: [units] */
  readonly words: Uint32Array;
  /** Words that would count, and were cut away or have no token. */
  readonly lost: number;
}

/**
 * Texts whose words have tags, likewise: a word's tag is that of its first token (`encodeWords`).
 * @throws {DataError} unless every word has a tag
 */
export async function tokenizeWords(
  tokenizer: Pick<Tokenizer, "tokensOf" | "framed">,
  texts: Iterable<TaggedWords>,
  tokenizing: Tokenizing = {},
): Promise<TokenizedWords> {
  const data = new Growing((size) => new Int32Array(size));
  const [starts, places, words] = [uint32(), uint32(), uint32()];
  starts.push([0]);
  let lost = 0;
  const remembering = { ...tokenizer, tokensOf: remembered((text) => tokenizer.tokensOf(text)) };
  const encode = ({ words: own, tags }: TaggedWords): Encoded => {
    if (tags.length !== own.length)
      throw new DataError(
        `text ${starts.length - 1} has ${own.length} words, but ${tags.length} tags; give one of each`,
      );
    const wrong = tags.find((tag) => !Number.isInteger(tag) || tag < -1);
    if (wrong !== undefined)
      throw new DataError(
        `text ${starts.length - 1} has the tag ${wrong}; give whole numbers from 0 on, −1 for what does not count`,
      );
    const encoded = encodeWords(remembering, own);
    tags.forEach((tag, word) => {
      const place = encoded.places[word]!;
      if (tag < 0) return;
      if (place < 0) return void lost++;
      data.push([tag]);
      places.push([place]);
      words.push([word]);
    });
    starts.push([data.length]);
    return encoded;
  };
  const tokenized = await collected(texts, encode, tokenizing);
  const targets = { data: data.all(), shape: [], starts: starts.all() };
  return { ...tokenized, targets, places: places.all(), words: words.all(), lost };
}

async function collected<T>(
  texts: Iterable<T>,
  encode: (text: T) => Encoded,
  { onProgress, signal }: Tokenizing,
): Promise<Tokenized> {
  const breather = new Breather();
  const ids = new Growing((size) => new Int32Array(size));
  const types = new Growing((size) => new Uint8Array(size));
  const starts = uint32();
  starts.push([0]);
  const cut: number[] = [];
  let count = 0;
  let typed = false;
  for (const text of texts) {
    signal?.throwIfAborted();
    const encoded = encode(text);
    ids.push(encoded.ids);
    types.push(encoded.types);
    typed ||= encoded.types.some((type) => type !== 0);
    starts.push([ids.length]);
    if (encoded.cut) cut.push(count);
    count++;
    onProgress?.(count);
    await breather.breathe();
  }
  return { count, cut, ids: ids.all(), starts: starts.all(), ...(typed ? { types: types.all() } : {}) };
}

/** In UTF-16 units: words, which come again and again. */
const longestRemembered = 24;
const mostRemembered = 100_000;

function remembered(tokensOf: (text: string) => number[]): (text: string) => number[] {
  const known = new Map<string, number[]>();
  return (text) => {
    if (text.length > longestRemembered) return tokensOf(text);
    const found = known.get(text) ?? tokensOf(text);
    if (known.size < mostRemembered) known.set(text, found);
    return found;
  };
}

function uint32(): Growing<Uint32Array> {
  return new Growing((size) => new Uint32Array(size));
}

/** Numbers that come one after another; it doubles where it is full. */
class Growing<T extends Int32Array | Uint8Array | Uint32Array> {
  length = 0;
  #data: T;

  constructor(private readonly make: (size: number) => T) {
    this.#data = make(1024);
  }

  push(values: readonly number[]): void {
    if (this.length + values.length > this.#data.length) {
      const larger = this.make(Math.max(2 * this.#data.length, this.length + values.length));
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data.set(values, this.length);
    this.length += values.length;
  }

  all(): T {
    return this.#data.slice(0, this.length) as T;
  }
}
