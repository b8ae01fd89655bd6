/** The raster formats that are read, by sharp's names for them. */
export type ImageFormat = "jpeg" | "png" | "webp" | "gif" | "tiff" | "heif";

/** How many of a file's first bytes `formatOf` and `strangerOf` look at. */
export const headBytes = 1024;

/**
 * A file's format by its first bytes, whatever it is called. Nothing else reaches libvips, which would go on to try every
 * loader that it has: an SVG of 200 bytes is a drawing of any size.
 */
export function formatOf(head: Uint8Array): ImageFormat | undefined {
  const text = latin1(head);
  if (text.startsWith("\xff\xd8\xff")) return "jpeg";
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "png";
  if (/^RIFF[^]{4}WEBP/.test(text)) return "webp";
  if (/^GIF8[79]a/.test(text)) return "gif";
  if (["II*\0", "II+\0", "MM\0*", "MM\0+"].includes(text.slice(0, 4))) return "tiff";
  return brandsOf(text).some((brand) => /^avi[fs]$/.test(brand)) || isHeic(head) ? "heif" : undefined;
}

/** Whether a picture is HEIC: in AVIF's container, but by HEVC, which sharp's prebuilt libvips does not decode. */
export function isHeic(head: Uint8Array): boolean {
  const brands = brandsOf(latin1(head));
  return !brands.some((brand) => /^avi[fs]$/.test(brand)) && brands.some((brand) => /^(he[iv]|mif1|msf1)/.test(brand));
}

/** What a file is that is none of them, and what to do. */
export function strangerOf(head: Uint8Array): string {
  const text = latin1(head);
  if (text === "") return "the file is empty";
  const name = starts.find(([start]) => text.startsWith(start))?.[1];
  if (name) return name;
  if (/^(\xef\xbb\xbf)?\s*</.test(text)) return markup(text);
  const brands = brandsOf(text);
  if (brands.length > 0) return "it is a film or another ISO file, no picture";
  return "it is no picture of a known format";
}

const starts: readonly (readonly [start: string, what: string])[] = [
  ["BM", "it is a BMP, save it as PNG"],
  ["%PDF", "it is a PDF, save its pages as PNG"],
  ["\xff\x0a", "it is JPEG XL, save it as JPEG"],
  ["\0\0\0\x0cJXL ", "it is JPEG XL, save it as JPEG"],
  ["\xff\x4f\xff\x51", "it is JPEG 2000, save it as JPEG"],
  ["\0\0\0\x0cjP  ", "it is JPEG 2000, save it as JPEG"],
  ["8BPS", "it is a Photoshop file, save it as PNG"],
  ["\x1f\x8b", "it is compressed by gzip"],
  ["version https://git-lfs", "it is a Git LFS pointer, fetch the file with git lfs pull"],
];

function markup(text: string): string {
  if (/<svg[\s>]/i.test(text)) return "it is an SVG, draw it as PNG";
  return /<(!doctype )?html/i.test(text) ? "it is a web page, fetch the picture again" : "it is XML, no picture";
}

/** The brands of an ISO base media file, as AVIF and HEIC are: the major one, then those that it is compatible with. */
function brandsOf(text: string): string[] {
  if (text.slice(4, 8) !== "ftyp") return [];
  const end = text.charCodeAt(2) * 256 + text.charCodeAt(3);
  return [text.slice(8, 12), ...(text.slice(16, end).match(/[^]{4}/g) ?? [])];
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, headBytes)).toString("latin1");
}
