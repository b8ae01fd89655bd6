import { open, stat } from "node:fs/promises";
import sharp from "sharp";
import { UserError } from "../../files/errors.js";
import { sha256 } from "../../files/sha256.js";
import { heicReason } from "../../data/skips.js";
import { placeOfBytes, type Stored } from "../../data/stored.js";
import { readUpTo } from "../../files/read-up-to.js";
import { hasLostItsName } from "../../files/system-errors.js";
import { formatOf, isHeic, strangerOf, type ImageFormat } from "./formats.js";
import { tiffPages } from "./tiff-pages.js";

export interface DecodedImage {
  /** RGB bytes, [height, width, 3]. */
  data: Uint8Array;
  width: number;
  height: number;
}

/** An image whose header has been read: what decoding it will cost is known. */
export interface OpenedImage {
  /** What decoding takes, in pixels: width times height, of AVIF twice as many, whose decoder needs 16 bytes for each. */
  readonly pixels: number;
  /** @throws {DecodeError} if the file is truncated or damaged, or takes too long */
  decode(): Promise<DecodedImage>;
}

/** An image that cannot be used, and why. */
export class DecodeError extends UserError {
  constructor(
    readonly path: string,
    readonly reason: string,
  ) {
    super(`${path} cannot be decoded (${reason}); replace or remove it`);
  }
}

/**
 * Of one picture: 8192 × 8192. Phones' 64 megapixels are in it. A server feeds a picture as floats, 12 bytes per pixel: 0.8
 * GB of these. The header tells it, so that a bomb of some bytes costs nothing.
 */
export const mostPixels = 2 ** 26;

/** As many pixels of 8 bits and 4 channels, not compressed. */
const mostBytes = 4 * mostPixels;

/** Whether this sharp has a decoder for HEVC: what comes with it says that it takes .avif of these alone. */
const readsHeic = sharp.format.heif.input.fileSuffix?.includes(".heic") ?? false;

/** Of a TIFF: half a second. */
const mostPages = 10_000;

/** Read before the rest, which then is a picture's: a small one is read at once. */
const firstBytes = 2 ** 16;

/** The largest picture takes some seconds of one core. */
const mostSeconds = 60;

/** Changes with what `decodeImage` makes of a file: results of other pixels are not used again. */
export const decoding = "upright, in sRGB";

/**
 * The pixels that transformers.js gives its models in Node, `(await RawImage.read(path)).rgb()`: turned upright by the
 * orientation tag, an embedded colour profile converted to sRGB (CMYK without one by libvips' own), the first frame or page,
 * alpha dropped without blending, 16-bit channels down to their upper byte. Of grey with alpha, which transformers.js
 * refuses, the grey.
 * @throws {DecodeError} if the file is missing, no raster image (by its first bytes, whatever its name), truncated, or beyond
 *   `mostPixels`
 */
export async function decodeImage(image: string | Stored): Promise<DecodedImage> {
  return (await openImage(typeof image === "string" ? { path: image } : image)).decode();
}

/**
 * Reads a file and its header.
 * @param content the SHA-256 of what it held when a run began
 * @throws {DecodeError} as `decodeImage`; {UserError} if it holds something else now
 */
export async function openImage(picture: Stored, content?: string): Promise<OpenedImage> {
  const { path } = picture;
  const because = (error: unknown): unknown =>
    error instanceof UserError || !ofTheFile(error as NodeJS.ErrnoException)
      ? error
      : new DecodeError(path, reasonOf(error as NodeJS.ErrnoException));
  try {
    const file = await readPicture(picture);
    if (content !== undefined && content !== sha256(file))
      throw new UserError(`${path} has changed since this run began; run the same command again`);
    const format = formatOf(file);
    if (format === "tiff" && tiffPages(file, mostPages) === mostPages)
      throw new DecodeError(
        path,
        `it has ${mostPages.toLocaleString("en")} pages or more, of which only the first would be read`,
      );
    // The bound is looked at here: libvips' own message would not say how large the picture is.
    const stored = await sharp(file, { limitInputPixels: false }).metadata();
    // A file may start like one format and be another's for libvips.
    if (format === undefined || stored.format !== format)
      throw new DecodeError(path, `it starts as ${format}, but is ${stored.format}`);
    const { width, height, channels } = stored;
    if (width * height > mostPixels)
      throw new DecodeError(
        path,
        `it has ${width} × ${height} pixels, more than the ${Math.floor(mostPixels / 1e6)} million that are read, make it smaller`,
      );
    return {
      pixels: (format === "heif" ? 2 : 1) * width * height,
      decode: () => decode(file, format, channels).catch((error: unknown) => Promise.reject(because(error))),
    };
  } catch (error) {
    throw because(error);
  }
}

/** @param channels of the file */
async function decode(file: Buffer, format: ImageFormat, channels: number): Promise<DecodedImage> {
  // Pillow and browsers read on after a damaged stretch of JPEG data, but not after a premature end: libvips' "truncated". Of
  // TIFF that would leave rows empty which the file lacks.
  const failOn = format === "tiff" ? "error" : "truncated";
  const { data, info } = await sharp(file, { failOn, limitInputPixels: mostPixels })
    .autoOrient()
    .timeout({ seconds: mostSeconds })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return { data: rgb(data, info.channels, channels === 1), width, height };
}

/** @param grey whether the file is, which a colour profile may have tinted: transformers.js makes one channel of it again */
function rgb(data: Uint8Array, channels: number, grey: boolean): Uint8Array {
  if (channels === 3 && !grey) return data;
  const count = data.length / channels;
  const out = new Uint8Array(3 * count);
  for (let i = 0; i < count; i++) {
    const at = i * channels;
    if (channels < 3) out.fill(data[at]!, 3 * i, 3 * i + 3);
    else if (grey) out.fill(luminance(data[at]!, data[at + 1]!, data[at + 2]!), 3 * i, 3 * i + 3);
    else for (let c = 0; c < 3; c++) out[3 * i + c] = data[at + c]!;
  }
  return out;
}

/** transformers.js' weights, whose sum is 0.9999: equal channels keep their value. */
function luminance(red: number, green: number, blue: number): number {
  return Math.round(0.2989 * red + 0.587 * green + 0.114 * blue);
}

/**
 * A buffer, not the path: libvips keeps files by path in its cache, and open, which locks them on Windows. The rest is read
 * only after the first bytes, and of nothing but a regular file: a pipe would never end.
 */
async function readPicture(stored: Stored): Promise<Buffer> {
  const { path } = stored;
  const { file: place, start, size: own } = placeOfBytes(stored);
  const info = await stat(place);
  if (!info.isFile()) throw new DecodeError(path, info.isDirectory() ? "it is a folder" : "it is not a regular file");
  const size = own ?? info.size;
  const file = await open(place);
  try {
    const head = await readUpTo(file, start, Math.min(firstBytes, size));
    if (!formatOf(head)) throw new DecodeError(path, strangerOf(head));
    if (isHeic(head) && !readsHeic) throw new DecodeError(path, heicReason);
    if (size > mostBytes)
      throw new DecodeError(
        path,
        `it has ${Math.round(size / 1e6)} MB, more than the ${Math.round(mostBytes / 1e6)} that are read`,
      );
    return size > firstBytes
      ? Buffer.concat([head, await readUpTo(file, start + firstBytes, size - firstBytes)])
      : head;
  } finally {
    await file.close();
  }
}

/** Whether an error in reading is a file's own: where the system has nothing left, the next file would have it too. */
export function ofTheFile({ code }: NodeJS.ErrnoException): boolean {
  return !["EMFILE", "ENFILE", "ENOMEM"].includes(code ?? "");
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (hasLostItsName(error)) return "its name is not in UTF-8";
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return "there is no such file";
  if (error.code === "ELOOP") return "its links lead in a circle";
  const reason = error.message.split("\n")[0]!.trim();
  // libvips has one place for errors: where several images are decoded at a time, another may have emptied it. And what its
  // loaders cannot begin with is of a format that they read, by its first bytes.
  return /^Unknown error|unsupported image format$|corrupt header:?$/.test(reason) ? "damaged or cut short" : reason;
}
