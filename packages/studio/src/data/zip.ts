import { zip, type Zippable } from "fflate";
import { UserError } from "taskhead/inputs";
import { crc32 } from "./crc32.js";
import { pathOf, type PlacedFile } from "./placed-file.js";
import { zipDirectory, type ZipEntry } from "./zip-directory.js";

/** What a zip may come to, so that one of a few bytes cannot fill the memory of a tab. */
const [mostBytes, mostFiles] = [2 ** 31, 50_000];

const headerBytes = 30;
const headerSignature = 0x04034b50;

/**
 * The files in a zip, with their places in it.
 * @throws {UserError} one line, of what is no zip, encrypted, damaged, cut short or too large
 */
export async function unzipped(placed: PlacedFile): Promise<PlacedFile[]> {
  const { file } = placed;
  const path = pathOf(placed);
  if (file.size === 0) throw new UserError(`${path} is empty; fetch or pack it again`);
  const entries = await zipDirectory(file, mostFiles);
  if (entries === undefined) throw new UserError(`${path} is no zip, or is cut short; fetch or pack it again`);
  if (entries === "many" || entries.reduce((sum, { size }) => sum + size, 0) > mostBytes)
    throw new UserError(
      `${path} unpacks to more than 2 GB or ${mostFiles.toLocaleString("en")} files; give a part of it`,
    );
  const locked = entries.find(({ encrypted }) => encrypted);
  if (locked)
    throw new UserError(`${path} is encrypted (${locked.path}); unpack it, and give the folder that comes of it`);
  const found: PlacedFile[] = [];
  for (const entry of entries) {
    const content = await contentOf(file, entry).catch(() => undefined);
    if (!content) throw new UserError(`${entry.path} in ${path} is damaged or cut short; fetch or pack the zip again`);
    found.push({ path: entry.path, file: content });
  }
  return found;
}

/** @returns undefined where it is not what the directory says @throws of what cannot be unpacked */
async function contentOf(file: Blob, { method, crc, packed, size, at }: ZipEntry): Promise<Blob | undefined> {
  const header = new DataView(await file.slice(at, at + headerBytes).arrayBuffer());
  if (header.getUint32(0, true) !== headerSignature) return undefined;
  const start = at + headerBytes + header.getUint16(26, true) + header.getUint16(28, true);
  const inside = file.slice(start, start + packed);
  const stored = method === 0;
  if (inside.size !== packed || !(stored || method === 8)) return undefined;
  const reader = (
    stored ? inside.stream() : inside.stream().pipeThrough(new DecompressionStream("deflate-raw"))
  ).getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let [bytes, sum] = [0, 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    if (bytes > size) {
      await reader.cancel();
      return undefined;
    }
    sum = crc32(value, sum);
    if (!stored) pieces.push(value);
  }
  if (bytes !== size || sum !== crc) return undefined;
  // What is not packed stays where it lies.
  return stored ? inside : new Blob(pieces);
}

/** Files as one zip. Weights hardly get smaller: they are only stored. */
export function zipped(files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const content: Zippable = Object.fromEntries(
    [...files].map(([path, bytes]) => [path, [bytes, { level: path.endsWith(".onnx") ? 0 : 6 }]] as const),
  );
  return new Promise((resolve, reject) => zip(content, (error, bytes) => (error ? reject(error) : resolve(bytes))));
}
