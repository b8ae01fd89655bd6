/** A file in a zip, as the directory at the zip's end has it. */
export interface ZipEntry {
  readonly path: string;
  /** How it is packed: 0 as it is, 8 by deflate. */
  readonly method: number;
  readonly encrypted: boolean;
  /** Of its content. */
  readonly crc: number;
  /** Bytes: as it is packed, and of its content. */
  readonly packed: number;
  readonly size: number;
  /** Where it begins, with a header of its own. */
  readonly at: number;
}

const signatures = { end: 0x06054b50, end64: 0x06064b50, locator64: 0x07064b50, entry: 0x02014b50 } as const;
/** Bytes of the last record, which a remark of at most so many follows. */
const [endBytes, mostRemark] = [22, 0xffff];
/** What a field says whose number is too large for it, and is said elsewhere. */
const elsewhere = 0xffffffff;

/**
 * The files of a zip, in the directory's order; folders are none.
 * @param most files that there may be
 * @returns "many" where there are more; undefined where there is no directory, or it is damaged
 */
export async function zipDirectory(file: Blob, most: number): Promise<readonly ZipEntry[] | "many" | undefined> {
  const from = Math.max(0, file.size - endBytes - mostRemark);
  const tail = await viewOf(file.slice(from));
  for (let at = tail.byteLength - endBytes; at >= 0; at--) {
    if (tail.getUint32(at, true) !== signatures.end) continue;
    const place = (await place64(file, tail, at)) ?? {
      count: tail.getUint16(at + 10, true),
      start: tail.getUint32(at + 16, true),
    };
    if (place.count > most) return "many";
    return entriesIn(await viewOf(file.slice(place.start, from + at)), place.count);
  }
  return undefined;
}

/** Where the directory of a large zip is, as a record before the last one says it; undefined where there is none. */
async function place64(file: Blob, tail: DataView, end: number) {
  if (end < 20 || tail.getUint32(end - 20, true) !== signatures.locator64) return undefined;
  const at = Number(tail.getBigUint64(end - 12, true));
  const record = await viewOf(file.slice(at, at + 56));
  if (record.byteLength < 56 || record.getUint32(0, true) !== signatures.end64) return undefined;
  return { count: Number(record.getBigUint64(32, true)), start: Number(record.getBigUint64(48, true)) };
}

function entriesIn(directory: DataView, count: number): readonly ZipEntry[] | undefined {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.byteLength || directory.getUint32(at, true) !== signatures.entry) return undefined;
    const [name, extra, remark] = [28, 30, 32].map((field) => directory.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    if (at + 46 + name + extra + remark > directory.byteLength) return undefined;
    const flags = directory.getUint16(at + 8, true);
    const bytes = new Uint8Array(directory.buffer, directory.byteOffset + at + 46, name);
    const [size, packed, start] = numbersOf(directory, at, { from: at + 46 + name, bytes: extra });
    const path = nameOf(bytes, (flags & 0x800) !== 0);
    if (!path.endsWith("/"))
      entries.push({
        path,
        method: directory.getUint16(at + 10, true),
        encrypted: (flags & 1) !== 0,
        crc: directory.getUint32(at + 16, true),
        packed,
        size,
        at: start,
      });
    at += 46 + name + extra + remark;
  }
  return entries;
}

/** What an entry says of its size, its size as it is packed, and where it is; what is too large for its field is in the extra one. */
function numbersOf(
  view: DataView,
  entry: number,
  extra: { readonly from: number; readonly bytes: number },
): [size: number, packed: number, at: number] {
  let large: number | undefined;
  for (let at = extra.from; at + 4 <= extra.from + extra.bytes; at += 4 + view.getUint16(at + 2, true))
    if (view.getUint16(at, true) === 1) large = at + 4;
  return [24, 20, 42].map((field) => {
    const said = view.getUint32(entry + field, true);
    if (said !== elsewhere || large === undefined || large + 8 > extra.from + extra.bytes) return said;
    large += 8;
    return Number(view.getBigUint64(large - 8, true));
  }) as [number, number, number];
}

const upperHalf =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

/** UTF-8 where the entry says so, and where it can be, as macOS writes it without a word; else code page 437. */
function nameOf(bytes: Uint8Array, utf8: boolean): string {
  try {
    return new TextDecoder("utf-8", { fatal: !utf8 }).decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => (byte < 128 ? String.fromCharCode(byte) : upperHalf[byte - 128]!)).join("");
  }
}

async function viewOf(part: Blob): Promise<DataView> {
  return new DataView(await part.arrayBuffer());
}
