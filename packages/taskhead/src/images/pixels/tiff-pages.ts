/**
 * How many pages a TIFF has, as far as `most`: libvips reads the headers of all, though only the first is decoded, and a few
 * megabytes hold a million. Counts on if pages are in a circle. Source of the layout: TIFF 6.0, and BigTIFF's 8-byte offsets.
 */
export function tiffPages(file: Buffer, most: number): number {
  const little = file[0] === 0x49;
  const uint = (at: number, bytes: 2 | 4 | 8): number => {
    if (at + bytes > file.length) return 0;
    if (bytes === 8) return Number(little ? file.readBigUInt64LE(at) : file.readBigUInt64BE(at));
    return little ? file.readUIntLE(at, bytes) : file.readUIntBE(at, bytes);
  };
  const big = uint(2, 2) === 43;
  const [offset, count, entry] = big ? ([8, 8, 20] as const) : ([4, 2, 12] as const);
  let pages = 0;
  for (let at = uint(offset, offset); at > 0 && pages < most; pages++)
    at = uint(at + count + entry * uint(at, count), offset);
  return pages;
}
