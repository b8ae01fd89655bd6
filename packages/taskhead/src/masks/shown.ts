import { basename, relative, resolve } from "node:path";
import sharp from "sharp";
import type { Shown } from "../data/shown.js";
import { thumbnail } from "../images/pixels/thumbnail.js";
import { coloured } from "./colours.js";
import type { Stored } from "../data/stored.js";
import type { Mask } from "./mask.js";

/** Pixels of the longer side, as of the picture beside them. */
const longest = 144;

/** A small picture of a map of classes, each in its colour, as a `data:` URI. */
export async function mapPicture({
  classes,
  width,
  height,
}: {
  classes: ArrayLike<number>;
  width: number;
  height: number;
}): Promise<string> {
  const png = await sharp(coloured(classes), { raw: { width, height, channels: 3 } })
    .resize(longest, longest, { fit: "inside", withoutEnlargement: true, kernel: "nearest" })
    .png({ palette: true, effort: 10 })
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}

/** What a page shows of pictures with masks: the picture, the truth, and what was answered where that is known. */
export async function shownMasks(
  items: readonly { readonly file: Stored; mask(): Promise<Mask> }[],
  root: string | null | undefined,
  answers?: { readonly maps: Uint8Array; readonly width: number; readonly height: number },
): Promise<Shown[]> {
  const all: Shown[] = [];
  for (const [i, { file, mask }] of items.entries()) {
    const size = answers ? answers.width * answers.height : 0;
    const known = answers !== undefined && (2 * i + 2) * size <= answers.maps.length;
    const answered = async (which: 0 | 1): Promise<string> =>
      mapPicture({ ...answers!, classes: answers!.maps.subarray((2 * i + which) * size, (2 * i + which + 1) * size) });
    // The file may be gone since it was read: the page does without it.
    const truth = await mask()
      .then(mapPicture)
      .catch(() => null);
    all.push({
      name: nameIn(root, file.path),
      thumbnail: await thumbnail(file),
      maps: {
        ...(truth === null ? {} : { truth }),
        ...(known ? { before: await answered(0), after: await answered(1) } : {}),
      },
    });
  }
  return all;
}

function nameIn(root: string | null | undefined, file: string): string {
  const name = root ? relative(resolve(root), file) : "";
  return name === "" || name.startsWith("..") ? basename(file) : name.replaceAll("\\", "/");
}
