/** Cached values [N, size], row-major: features, or activations at a cut, flattened sample by sample. */

type Values = Float32Array | Int32Array | Uint32Array | BigInt64Array | Uint8Array;

/** The rows of these indices, one after another. */
export function rows<V extends Values>(values: V, size: number, indices: readonly number[]): V {
  const out = new (values.constructor as new (length: number) => V)(indices.length * size);
  // A row of one array type goes into an array of the same.
  const copy = out as { set(from: ArrayLike<unknown>, at: number): void };
  indices.forEach((index, i) => copy.set(values.subarray(index * size, (index + 1) * size), i * size));
  return out;
}

/** At most this many numbers go into one run: 16 MB, and room for what a network makes of them. */
const largestPiece = 2 ** 22;

/**
 * Runs of consecutive rows, without a copy: at most 4096 each, fewer where a row is long, or what is made of it.
 * @param made numbers that a network gives for a row
 */
export function* pieces(
  values: Float32Array,
  size: number,
  made = 0,
): Generator<{ first: number; count: number; data: Float32Array }> {
  const most = Math.max(1, Math.min(4096, Math.floor(largestPiece / Math.max(size, made))));
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
