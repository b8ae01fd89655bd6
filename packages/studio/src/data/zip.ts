import type { FileEntry } from "@zip.js/zip.js/lib/zip-core-native.js";
import { zip, type Zippable } from "fflate";
import { UserError } from "taskhead/inputs";
import { pathOf, type PlacedFile } from "./placed-file.js";

/** What a zip may come to, so that one of a few bytes cannot fill the memory of a tab. */
const [mostBytes, mostFiles] = [2 ** 31, 50_000];

/** Loaded once there is a zip. */
const library = () => import("@zip.js/zip.js/lib/zip-core-native.js");

/** Checksums are compared; what unpacks to more than the zip says is not unpacked. */
const reading = { checkSignature: true, useWebWorkers: false, decodeText } as const;

/**
 * The files in a zip, with their places in it.
 * @throws {UserError} one line, of what is no zip, encrypted, damaged, cut short or too large
 */
export async function unzipped(placed: PlacedFile): Promise<PlacedFile[]> {
  const path = pathOf(placed);
  if (placed.file.size === 0) throw new UserError(`${path} is empty; fetch or pack it again`);
  const entries = await entriesOf(placed.file, path);
  const locked = entries.find(({ encrypted }) => encrypted);
  if (locked)
    throw new UserError(`${path} is encrypted (${locked.filename}); unpack it, and give the folder that comes of it`);
  const { BlobWriter } = await library();
  const found: PlacedFile[] = [];
  for (const entry of entries) {
    const file = await entry.getData(new BlobWriter()).catch(() => undefined);
    if (!file) throw new UserError(`${entry.filename} in ${path} is damaged or cut short; fetch or pack the zip again`);
    found.push({ path: entry.filename, file });
  }
  return found;
}

async function entriesOf(file: Blob, path: string): Promise<FileEntry[]> {
  const { BlobReader, ZipReader } = await library();
  const found: FileEntry[] = [];
  let bytes = 0;
  const entries = new ZipReader(new BlobReader(file), reading).getEntriesGenerator();
  for (;;) {
    const next = await entries.next().catch(() => undefined);
    if (!next) throw new UserError(`${path} is no zip, or is cut short; fetch or pack it again`);
    if (next.done) return found;
    if (next.value.directory) continue;
    found.push(next.value);
    bytes += next.value.uncompressedSize;
    if (found.length > mostFiles || bytes > mostBytes)
      throw new UserError(
        `${path} unpacks to more than 2 GB or ${mostFiles.toLocaleString("en")} files; give a part of it`,
      );
  }
}

/** Names are UTF-8 where they can be, as macOS writes them without a word; else what the zip says, or code page 437. */
function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Files as one zip. Weights hardly get smaller: they are only stored. */
export function zipped(files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const content: Zippable = Object.fromEntries(
    [...files].map(([path, bytes]) => [path, [bytes, { level: path.endsWith(".onnx") ? 0 : 6 }]] as const),
  );
  return new Promise((resolve, reject) => zip(content, (error, bytes) => (error ? reject(error) : resolve(bytes))));
}
