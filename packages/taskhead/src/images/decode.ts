import { readFile } from "node:fs/promises";
import sharp, { type Sharp } from "sharp";
import { UserError } from "../files/errors.js";

export interface DecodedImage {
  /** RGB bytes, [height, width, 3]. */
  data: Uint8Array;
  width: number;
  height: number;
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
 * The pixels that Pillow's `Image.open(path).convert("RGB")` gives: no rotation by EXIF, colour profiles ignored, the
 * first frame, alpha dropped without blending. 16-bit channels keep their upper byte.
 * @throws {DecodeError} if the file is missing, no image, truncated, or beyond sharp's limit on pixels
 */
export async function decodeImage(path: string): Promise<DecodedImage> {
  try {
    // A buffer, not the path: libvips keeps files by path in its cache, and open, which locks them on Windows.
    const file = await readFile(path);
    // Pillow reads on after a damaged stretch of JPEG data, but not after a premature end: libvips' "truncated".
    const source = sharp(file, { failOn: "truncated", ignoreIcc: true });
    const { space } = await source.metadata();
    if (space === "cmyk") return await decodeCmyk(source);
    const { data, info } = await source.toColourspace("srgb").removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  } catch (error) {
    throw new DecodeError(path, reasonOf(error as NodeJS.ErrnoException));
  }
}

/** Pillow's plain conversion, where libvips would use a colour profile: each channel is (255 − ink) · (255 − black) / 255. */
async function decodeCmyk(source: Sharp): Promise<DecodedImage> {
  const { data: ink, info } = await source
    .pipelineColourspace("cmyk")
    .toColourspace("cmyk")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    const light = 255 - ink[i * channels + 3]!;
    for (let c = 0; c < 3; c++) {
      // x / 255, rounded, in integers.
      const x = ink[i * channels + c]! * light + 128;
      data[3 * i + c] = light - (((x >> 8) + x) >> 8);
    }
  }
  return { data, width, height };
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "there is no such file";
  const reason = error.message.split("\n")[0]!.trim();
  // libvips has one place for errors: where several images are decoded at a time, another may have emptied it.
  return reason === "Unknown error" ? "damaged or cut short" : reason;
}
