import sharp from "sharp";
import type { Stored } from "../../data/stored.js";
import { decodeImage } from "./decode.js";

/** The longer side, in pixels: sharp on a screen of twice the density at the size that the report shows. */
const longest = 144;

/** A page may hold dozens. */
const mostBytes = 16_000;

/**
 * A small copy of a picture as a `data:` URI, decoded as for training; null where that cannot be done, or is not worth its
 * bytes.
 */
export async function thumbnail(picture: string | Stored): Promise<string | null> {
  try {
    const { data, width, height } = await decodeImage(picture);
    const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
      .resize(longest, longest, { fit: "inside", withoutEnlargement: true })
      .jpeg({ quality: 72 })
      .toBuffer();
    return bytes.length > mostBytes ? null : `data:image/jpeg;base64,${bytes.toString("base64")}`;
  } catch {
    // The file may be gone since it was trained on: the report does without it.
    return null;
  }
}
