import { randomUUID } from "node:crypto";
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "./errors.js";
import { makeFolder } from "./make-folder.js";
import { at } from "./system-errors.js";

/** Windows refuses to rename onto a file that a virus scanner or an indexer holds open for a moment. */
const passing = new Set(["EPERM", "EBUSY", "EACCES"]);

/** No space left, or none of one's quota. */
const full = new Set(["ENOSPC", "EDQUOT"]);

/**
 * Writes a file of these parts, one after another, whole or not at all: to a temporary name beside it, flushed to disk, then renamed.
 * @throws {UserError} if the disk is full
 */
export function writeFileAtomic(path: string, ...parts: readonly (string | Uint8Array)[]): void {
  const temporary = temporaryFor(path);
  try {
    makeFolder(dirname(path));
    const file = openSync(temporary, "w");
    try {
      for (const part of parts) writeAll(file, typeof part === "string" ? Buffer.from(part) : part);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renamePatiently(temporary, path);
  } catch (error) {
    discard(temporary);
    throw inWords(path, error);
  }
}

/**
 * Likewise, unless there is such a file: of several processes one is first. Where the file system has no links, two that begin in
 * the same moment may both be.
 * @returns whether it was
 */
export function createFileAtomic(path: string, bytes: Uint8Array): boolean {
  if (existsSync(path)) return false;
  const temporary = temporaryFor(path);
  writeFileAtomic(temporary, bytes);
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST" || existsSync(path)) return false;
    renamePatiently(temporary, path);
    return true;
  } finally {
    discard(temporary);
  }
}

/** Likewise of what comes piece by piece: where the pieces end with an error, there is no file. */
export async function writePiecesAtomic(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = temporaryFor(path);
  try {
    makeFolder(dirname(path));
    const file = openSync(temporary, "w");
    try {
      for await (const piece of pieces) writeAll(file, piece);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renamePatiently(temporary, path);
  } catch (error) {
    discard(temporary);
    throw inWords(path, error);
  }
}

/** Of no one else: a shared folder has writers on other machines, whose processes may have the same number. */
function temporaryFor(path: string): string {
  return `${path}.${process.pid}-${randomUUID().slice(0, 8)}.tmp`;
}

/** Whether a file is called as one that was never finished. */
export function isTemporary(name: string): boolean {
  return /\.\d+-[0-9a-f]{8}\.tmp$/.test(name);
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

function inWords(path: string, error: unknown): unknown {
  if (!full.has((error as NodeJS.ErrnoException).code ?? "")) return at(path, error);
  return new UserError(`the disk is full: ${path} cannot be written; free some space and run the same command again`, {
    cause: error,
  });
}

/** What was begun; where it could not even be looked for, there is nothing. */
function discard(temporary: string): void {
  try {
    rmSync(temporary, { force: true });
  } catch {
    // The error that led here says more.
  }
}

function renamePatiently(from: string, to: string): void {
  for (let attempt = 0; ; attempt++)
    try {
      return renameSync(from, to);
    } catch (error) {
      if (attempt === 9 || !passing.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20 * (attempt + 1));
    }
}
