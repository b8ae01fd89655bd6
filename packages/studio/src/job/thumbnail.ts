/** Pixels of the longer side: sharp on a screen of twice the density at the size that a report shows. */
const longest = 144;

/**
 * A small copy of a picture as a `data:` URI.
 * @param planes RGB bytes, [3, height, width]
 */
export async function thumbnailOf(
  planes: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<string> {
  const size = width * height;
  const rgba = new Uint8ClampedArray(4 * size).fill(255);
  for (let i = 0; i < size; i++) for (let c = 0; c < 3; c++) rgba[4 * i + c] = planes[c * size + i]!;
  return smallCopy(new ImageData(rgba, width, height), { type: "image/jpeg", quality: 0.72 }, true);
}

/** @param smooth whether its pixels may be mixed */
export async function smallCopy(image: ImageData, as: ImageEncodeOptions, smooth: boolean): Promise<string> {
  const scale = Math.min(1, longest / Math.max(image.width, image.height));
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side * scale)));
  const small = new OffscreenCanvas(width!, height!).getContext("2d")!;
  const whole = new OffscreenCanvas(image.width, image.height);
  whole.getContext("2d")!.putImageData(image, 0, 0);
  small.imageSmoothingEnabled = smooth;
  small.imageSmoothingQuality = "high";
  small.drawImage(whole, 0, 0, width!, height!);
  const blob = await small.canvas.convertToBlob(as);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return `data:${blob.type};base64,${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}`;
}
