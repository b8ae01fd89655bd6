import { joinedBytes } from "@taskhead/core/internals";

/** A PNG as it is stored: palette indices, or grey or colour values, with no gamma, profile or palette applied. */
export interface RawPng {
  readonly width: number;
  readonly height: number;
  /** [height, width, channels] */
  readonly values: Uint8Array | Uint16Array;
  /** 1 for grey and palette, 3 for colour; transparency is left out. */
  readonly channels: 1 | 3;
  readonly kind: "grey" | "palette" | "colour";
}

/** What the header says: enough to know what there is to read. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly interlaced: boolean;
}

/**
 * Undoes the compression of a file's data (zlib).
 * @param size bytes that are to come of it: no more is made
 * @throws {Error} where it is damaged
 */
export type Inflate = (data: Uint8Array, size: number) => Uint8Array;

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const damaged = "damaged or cut short; save it again";

/** Channels that are stored, by the header's colour type. */
const stored: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** @returns why not, if it is no PNG that can be read here */
export function pngHeader(file: Uint8Array): PngHeader | string {
  if (file.length === 0) return "the file is empty";
  if (!signature.every((byte, i) => file[i] === byte))
    return file[0] === 0xff && file[1] === 0xd8
      ? "it is a JPEG, which does not keep class numbers; save masks as PNG"
      : "it is no PNG; save masks as PNG, which keeps class numbers";
  if (file.length < 33) return damaged;
  const view = viewOf(file);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colour, interlaced] = [file[24]!, file[25]!, file[28] !== 0];
  if (stored[colour] === undefined || width === 0 || height === 0) return damaged;
  return { width, height, depth, colour, interlaced };
}

function viewOf(file: Uint8Array): DataView {
  return new DataView(file.buffer, file.byteOffset, file.byteLength);
}

/**
 * Decodes a PNG's samples. What decodes pictures (libvips, browsers) gives colours in place of palette indices, and may
 * apply a gamma or a profile; class numbers are the stored values.
 * @returns why not, if it cannot be read
 */
export function readPng(file: Uint8Array, inflate: Inflate): RawPng | string {
  const header = pngHeader(file);
  if (typeof header === "string") return header;
  const { width, height, depth, colour, interlaced } = header;
  if (interlaced) return "it is interlaced; save the mask without";
  const bits = depth * stored[colour]!;
  const row = Math.ceil((width * bits) / 8);
  const data = inflated(file, height * (row + 1), inflate);
  if (typeof data === "string") return data;
  const rows = unfiltered(data, { height, row, step: Math.max(1, bits >> 3) });
  if (typeof rows === "string") return rows;
  const channels = colour === 2 || colour === 6 ? 3 : 1;
  const values = depth === 16 ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels);
  const mask = (1 << depth) - 1;
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        const bit = x * bits + c * depth;
        const byte = y * row + (bit >> 3);
        values[at++] =
          depth === 16 ? (rows[byte]! << 8) | rows[byte + 1]! : (rows[byte]! >> (8 - depth - (bit & 7))) & mask;
      }
  return { width, height, values, channels, kind: colour === 3 ? "palette" : channels === 3 ? "colour" : "grey" };
}

/** The rows' bytes, each row's filter undone (PNG, section 9). @param step bytes from a pixel to the next, at least 1 */
function unfiltered(
  data: Uint8Array,
  { height, row, step }: { height: number; row: number; step: number },
): Uint8Array | string {
  const out = new Uint8Array(height * row);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (row + 1)]!;
    for (let x = 0, at = y * row, from = y * (row + 1) + 1; x < row; x++, at++, from++) {
      const left = x >= step ? out[at - step]! : 0;
      const above = y > 0 ? out[at - row]! : 0;
      const corner = x >= step && y > 0 ? out[at - row - step]! : 0;
      const predicted = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter];
      if (predicted === undefined) return damaged;
      out[at] = data[from]! + predicted;
    }
  }
  return out;
}

function paeth(left: number, above: number, corner: number): number {
  const estimate = left + above - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - above), Math.abs(estimate - corner)];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

/** All that the IDAT chunks hold; no more than was announced is made of it. */
function inflated(file: Uint8Array, size: number, inflate: Inflate): Uint8Array | string {
  const view = viewOf(file);
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 12 <= file.length;) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === dataChunk) parts.push(file.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  try {
    const data = inflate(joinedBytes(parts), size);
    return data.length === size ? data : damaged;
  } catch {
    return damaged;
  }
}

/** "IDAT" */
const dataChunk = 0x49444154;
