import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { UserError } from "../../files/errors.js";
import { makeFolder } from "../../files/make-folder.js";
import { readUpTo } from "../../files/read-up-to.js";
import { mostUnpacked, unpacksToMore, type ArchiveContent } from "./most-unpacked.js";

/**
 * Where the bytes of an archive can be read in any order: itself, or, where gzip has compressed it, a copy in the cache that was
 * unpacked once. Copies are known by the SHA-256 of what was compressed, and of what came out of it, which is compared.
 * @param cache the folder for what later runs can use again
 * @param content what it holds
 * @throws {UserError} one line, if it cannot be unpacked, or comes to more than pictures do
 */
export async function unpacked(path: string, cache: string, content: ArchiveContent = "pictures"): Promise<string> {
  const info = await stat(path);
  if (!info.isFile()) throw new UserError(`${path} is no file; give an archive (.tar, .tar.gz)`);
  if (!(await isGzip(path))) return path;
  const folder = join(cache, "archives");
  const key = await digestOf(path);
  for (const name of await readdir(folder).catch(() => [])) {
    const sums = /^([0-9a-f]{64})-([0-9a-f]{64})\.tar$/.exec(name);
    if (sums?.[1] !== key) continue;
    if ((await digestOf(join(folder, name))) === sums[2]) return join(folder, name);
    await rm(join(folder, name), { force: true });
  }
  return unpack(path, { size: info.size, content }, folder, key);
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    return (await readUpTo(file, 0, 2)).equals(Buffer.from([0x1f, 0x8b]));
  } finally {
    await file.close();
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

async function unpack(
  path: string,
  { size, content }: { size: number; content: ArchiveContent },
  folder: string,
  key: string,
): Promise<string> {
  const most = mostUnpacked(size, content);
  const temporary = join(folder, `archive-${process.pid}-${randomUUID()}.tmp`);
  const hash = createHash("sha256");
  let bytes = 0;
  const measured = new Transform({
    transform(piece: Buffer, _: BufferEncoding, done: TransformCallback) {
      bytes += piece.length;
      hash.update(piece);
      if (bytes <= most) return done(null, piece);
      return done(unpacksToMore(path, size, content));
    },
  });
  try {
    makeFolder(folder);
    await pipeline(createReadStream(path), createGunzip(), measured, createWriteStream(temporary, { flags: "wx" }));
    const place = join(folder, `${key}-${hash.digest("hex")}.tar`);
    await rename(temporary, place);
    return place;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw refusalOf(path, folder, error);
  }
}

function refusalOf(path: string, folder: string, error: unknown): unknown {
  const { code = "", syscall, message } = error as NodeJS.ErrnoException;
  if (error instanceof UserError) return error;
  if (code.startsWith("Z_")) return new UserError(`${path} is damaged or cut short (${message}); fetch it again`);
  return syscall === undefined
    ? error
    : new UserError(`${path} cannot be unpacked into ${folder} (${code}); free some space, or give another --cache`);
}
