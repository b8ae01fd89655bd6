import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { requireKey } from "@taskhead/core/internals";
import { createFileAtomic, writeFileAtomic, writePiecesAtomic } from "../files/atomic.js";
import { UserError } from "../files/errors.js";
import { requireRegular } from "../files/open-regular.js";
import { piecesOf } from "../files/pieces.js";
import type { PiecewiseStore } from "./large-files.js";

/**
 * A folder as a store: each key is a file's path in it. Files are written whole under another name, flushed and renamed;
 * folders are made when something is written into them.
 */
export function folderStore(path: string): PiecewiseStore {
  const at = (key: string): string => join(path, requireKey(key));
  return {
    read: async (key) => readIfThere(at(key)),
    write: async (key, bytes) => writeFileAtomic(at(key), bytes),
    create: async (key, bytes) => createFileAtomic(at(key), bytes),
    writeParts: async (key, parts) => writeFileAtomic(at(key), ...parts),
    writePieces: (key, { pieces }) => writePiecesAtomic(at(key), pieces()),
    readPieces: async (key) => (existsSync(at(key)) ? piecesOf(at(key)) : undefined),
    remove: async (key) => rm(at(key), { force: true }),
    within: (prefix) => folderStore(at(prefix)),
    where: at,
  };
}

/** @throws {UserError} if there is something that cannot be read */
async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    requireRegular(path);
    const { buffer, byteOffset, byteLength } = await readFile(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new UserError(
      `${resolve(path)} cannot be read (${code ?? message}); check what is there and its permissions`,
    );
  }
}
