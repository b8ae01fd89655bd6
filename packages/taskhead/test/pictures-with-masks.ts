import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { onePng } from "../../../scripts/one-png.js";

export { onePng };

/** Pictures of two halves, bright and dark, in `images/`, and their masks, 3 where it is bright, 255 in the first column. */
export async function drawHalves(
  folder: string,
  count: number,
  { width = 24, height = 16, first = 0 }: { width?: number; height?: number; first?: number } = {},
): Promise<void> {
  for (const part of ["images", "masks"]) await mkdir(join(folder, part), { recursive: true });
  for (let n = first; n < first + count; n++) {
    const edge = Math.round((0.25 + 0.5 * ((n * 0.37) % 1)) * width);
    const mask = Uint8Array.from({ length: width * height }, (_, i) =>
      i % width === 0 ? 255 : i % width < edge === (n % 2 === 0) ? 3 : 0,
    );
    const data = Buffer.from(
      Array.from(mask).flatMap((value, i) =>
        [0, 1, 2].map((c) => (value === 3 ? 170 : 30) + ((i * 31 + c * 17 + n * 7) % 60)),
      ),
    );
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(folder, "images", `${n}.png`));
    await writeFile(join(folder, "masks", `${n}.png`), onePng(mask, width, { palette: n % 2 === 0, filter: n % 5 }));
  }
}
