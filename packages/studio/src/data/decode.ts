/** RGB bytes [height, width, 3]. */
export interface Decoded {
  readonly rgb: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** As the command line allows: 8192 × 8192. */
const mostPixels = 2 ** 26;

/**
 * The pixels of a picture as transformers.js gets them in a browser: turned upright by its orientation tag, in sRGB, alpha
 * dropped without blending.
 * @param most pixels: of more it is made smaller
 * @throws {Error} if the browser cannot read it
 */
export async function decoded(file: Blob, most = mostPixels): Promise<Decoded> {
  const bitmap = await createImageBitmap(file, { premultiplyAlpha: "none" }).catch(() => {
    throw new Error(
      "it is no picture that this browser reads, or larger than it has memory for; give a JPEG, PNG or WebP",
    );
  });
  try {
    const size = bitmap.width * bitmap.height;
    if (size > mostPixels)
      throw new Error(`it has ${bitmap.width} × ${bitmap.height} pixels, more than ${mostPixels}; give a smaller one`);
    const scale = Math.min(1, Math.sqrt(most / size));
    const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.floor(side * scale))) as [
      number,
      number,
    ];
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("the browser gives no canvas");
    context.drawImage(bitmap, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    const rgb = new Uint8Array(width * height * 3);
    for (let i = 0, j = 0; i < data.length; i += 4) {
      rgb[j++] = data[i]!;
      rgb[j++] = data[i + 1]!;
      rgb[j++] = data[i + 2]!;
    }
    return { rgb, width, height };
  } finally {
    bitmap.close();
  }
}
