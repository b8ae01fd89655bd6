import { mostUnpacked, unpacksToMore, UserError, type Bytes } from "taskhead/inputs";
import { pathOf, type PlacedFile } from "./placed-file.js";

/** So many bytes are handed to the browser at a time, which keeps them where it has room. */
const piece = 2 ** 26;

/** As much as a zip may come to. */
const mostBytes = 2 ** 31;

/**
 * An archive's bytes: its own, or what gzip has made of them.
 * @throws {UserError} one line, if it cannot be unpacked, or comes to more than samples do
 */
export async function unpacked(placed: PlacedFile): Promise<Blob> {
  const { file } = placed;
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (first !== 0x1f || second !== 0x8b) return file;
  const path = pathOf(placed);
  const most = Math.min(mostUnpacked(file.size, "texts"), mostBytes);
  const reader = file.stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const done: Blob[] = [];
  let pieces: Uint8Array<ArrayBuffer>[] = [];
  let [held, bytes] = [0, 0];
  for (;;) {
    const read = await reader.read().catch((error: unknown) => {
      throw new UserError(`${path} is damaged or cut short (${(error as Error).message}); fetch it again`);
    });
    if (read.done) return new Blob([...done, ...pieces]);
    pieces.push(read.value);
    held += read.value.length;
    bytes += read.value.length;
    if (bytes > most) {
      await reader.cancel();
      throw bytes > mostBytes
        ? new UserError(`${path} unpacks to more than 2 GB, which a tab does not take; give a part of it`)
        : unpacksToMore(path, file.size, "texts");
    }
    if (held < piece) continue;
    done.push(new Blob(pieces));
    [pieces, held] = [[], 0];
  }
}

/** As readers of archives take it: no more of it is in memory than is asked for. */
export function bytesOf(file: Blob): Bytes {
  return {
    open: async () => ({
      size: file.size,
      read: async (from, bytes) => new Uint8Array(await file.slice(from, from + bytes).arrayBuffer()),
      close: async () => undefined,
    }),
  };
}
