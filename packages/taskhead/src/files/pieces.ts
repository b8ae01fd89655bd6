import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { openRegular } from "./open-regular.js";

/** Read at once, of a file of whatever size. */
const pieceBytes = 2 ** 20;

/** A file's bytes in order, each piece a buffer of its own. @param signal ends them with an error */
export function piecesOf(path: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  return createReadStream(path, { fd: openRegular(path), highWaterMark: pieceBytes, ...(signal ? { signal } : {}) });
}

/** 64 hexadecimal digits, of a file that is read piece by piece. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of piecesOf(path)) hash.update(piece);
  return hash.digest("hex");
}

/**
 * The same pieces; once the last was taken their hash is compared.
 * @param otherwise what is thrown where it is another
 */
export async function* checkedPieces(
  pieces: AsyncIterable<Uint8Array>,
  sha256: string,
  otherwise: () => Error,
): AsyncGenerator<Uint8Array, void> {
  const hash = createHash("sha256");
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
  if (hash.digest("hex") !== sha256) throw otherwise();
}
