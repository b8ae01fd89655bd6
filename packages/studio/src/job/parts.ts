/** Several pieces of bytes as one: how many there are and how long each is, as float64 numbers, and then all of them. */
export function packed(parts: readonly Uint8Array[]): Uint8Array {
  const head = Float64Array.of(parts.length, ...parts.map(({ length }) => length));
  const bytes = new Uint8Array(head.byteLength + parts.reduce((sum, { length }) => sum + length, 0));
  bytes.set(new Uint8Array(head.buffer));
  let at = head.byteLength;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** What `packed` put together, without a copy. */
export function unpacked(bytes: Uint8Array): Uint8Array[] {
  const number = (i: number): number => new DataView(bytes.buffer, bytes.byteOffset).getFloat64(8 * i, true);
  const count = number(0);
  let at = 8 * (count + 1);
  return Array.from({ length: count }, (_, i) => bytes.subarray(at, (at += number(i + 1))));
}
