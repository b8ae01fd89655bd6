import type { FileHandle } from "node:fs/promises";

/** The bytes of an open file from a place on, fewer at its end. */
export async function readUpTo(file: FileHandle, from: number, bytes: number): Promise<Buffer> {
  const into = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (let read = -1; at < bytes && read !== 0; at += read)
    read = (await file.read(into, at, bytes - at, from + at)).bytesRead;
  return into.subarray(0, at);
}
