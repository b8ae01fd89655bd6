import { Breather } from "../engine/breather.js";
import type { Texts } from "./texts.js";
import type { Tokenizer } from "./tokenizer.js";

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

/** Texts as a model reads them, one after another; the event loop gets its turn in between. */
export async function tokenize(
  tokenizer: Pick<Tokenizer, "encode">,
  texts: Iterable<Text>,
  { onProgress, signal }: { onProgress?: (done: number) => void; signal?: AbortSignal } = {},
): Promise<Tokenized> {
  const breather = new Breather();
  const ids = new Growing((size) => new Int32Array(size));
  const types = new Growing((size) => new Uint8Array(size));
  const starts = new Growing((size) => new Uint32Array(size));
  starts.push([0]);
  const cut: number[] = [];
  let count = 0;
  let typed = false;
  for (const { text, pair } of texts) {
    signal?.throwIfAborted();
    const encoded = tokenizer.encode(text, pair);
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
