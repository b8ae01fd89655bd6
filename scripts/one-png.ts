import { crc32, deflateSync } from "node:zlib";

/** A PNG of one channel as bytes: grey, or indices into a palette of shades of red. */
export function onePng(
  values: ArrayLike<number>,
  width: number,
  { depth = 8, palette = false, filter = 0 }: { depth?: number; palette?: boolean; filter?: number } = {},
): Uint8Array {
  const height = values.length / width;
  const row = Math.ceil((width * depth) / 8);
  const step = Math.max(1, depth >> 3);
  const packed = Array.from({ length: height }, (_, y) => {
    const bytes = new Uint8Array(row);
    for (let x = 0; x < width; x++) {
      const value = values[y * width + x]!;
      if (depth === 16) bytes.set([value >> 8, value & 255], 2 * x);
      else bytes[(x * depth) >> 3]! |= value << (8 - depth - ((x * depth) & 7));
    }
    return bytes;
  });
  const paeth = (a: number, b: number, c: number): number =>
    [a, b, c].toSorted((m, n) => Math.abs(a + b - c - m) - Math.abs(a + b - c - n))[0]!;
  const filtered = packed.flatMap((bytes, y) => [
    filter,
    ...Array.from(bytes, (byte, x) => {
      const [a, b] = [bytes[x - step] ?? 0, packed[y - 1]?.[x] ?? 0];
      const c = packed[y - 1]?.[x - step] ?? 0;
      return (byte - [0, a, b, (a + b) >> 1, paeth(a, b, c)][filter]!) & 255;
    }),
  ]);
  const chunk = (name: string, data: Uint8Array): Uint8Array => {
    const out = Buffer.alloc(12 + data.length);
    out.writeUInt32BE(data.length, 0);
    out.write(name, 4, "latin1");
    out.set(data, 8);
    out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
    return out;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, palette ? 3 : 0, 0, 0, 0], 8);
  const shades = Uint8Array.from({ length: 3 * 2 ** Math.min(8, depth) }, (_, i) => (i % 3 === 0 ? 255 - i / 3 : 7));
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", header),
    ...(palette ? [chunk("PLTE", shades)] : []),
    chunk("IDAT", deflateSync(Uint8Array.from(filtered))),
    chunk("IEND", new Uint8Array(0)),
  ];
  return Buffer.concat(parts);
}
