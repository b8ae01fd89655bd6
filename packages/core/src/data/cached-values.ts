/** Cached values [N, size], row-major: features, or activations at a cut, flattened sample by sample. */

/**
 * Float values wherever they are kept: an array is one. What is not in memory gives the numbers of whole rows, read when
 * they are asked for, so that work on them goes piece by piece.
 */
export interface CachedValues {
  /** How many numbers. */
  readonly length: number;
  /** The numbers from one place to another, both at a row's beginning. */
  subarray(from: number, to: number): Float32Array;
}

/** The same, to be filled: rows are set at their places. */
export interface CacheSpace extends CachedValues {
  set(row: Float32Array, at: number): void;
}

type Values = Float32Array | Int32Array | Uint32Array | BigInt64Array | Uint8Array;

/** The rows of these indices, one after another. */
export function rows<V extends Values>(values: V, size: number, indices: readonly number[]): V;
export function rows(values: CachedValues, size: number, indices: readonly number[]): Float32Array;
export function rows(values: Values | CachedValues, size: number, indices: readonly number[]): Values {
  const make = inMemory(values) ? (values.constructor as new (length: number) => Values) : Float32Array;
  const out = new make(indices.length * size);
  // A row of one array type goes into an array of the same.
  const copy = out as { set(from: ArrayLike<unknown>, at: number): void };
  indices.forEach((index, i) => copy.set(values.subarray(index * size, (index + 1) * size), i * size));
  return out;
}

/** Whether these are an array. */
export function inMemory<V extends Values>(values: V | CachedValues): values is V {
  return ArrayBuffer.isView(values);
}

/** At most this many numbers go into one run: 16 MB, and room for what a network makes of them. */
const largestPiece = 2 ** 22;

/** So many rows of this size go into one run: at most 4096, fewer where a row is long, or what is made of it. */
export function rowsInPiece(size: number, made = 0): number {
  return Math.max(1, Math.min(4096, Math.floor(largestPiece / Math.max(size, made))));
}

/**
 * Runs of consecutive rows (`rowsInPiece`), of an array without a copy.
 * @param made numbers that a network gives for a row
 */
export function* pieces(
  values: CachedValues,
  size: number,
  made = 0,
): Generator<{ first: number; count: number; data: Float32Array }> {
  const most = rowsInPiece(size, made);
  const total = values.length / size;
  for (let first = 0; first < total; first += most) {
    const count = Math.min(most, total - first);
    yield { first, count, data: values.subarray(first * size, (first + count) * size) };
  }
}

/** What was computed piece by piece, one after another; of one piece itself. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
