import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { UserError } from "./errors.js";

/**
 * Some devices never end, and a pipe may never begin: opening one would wait for it.
 * @throws {UserError} for anything but a regular file; the system's error where there is none
 */
export function requireRegular(path: string): void {
  if (!statSync(path).isFile()) throw new UserError(`${path} is no regular file; give one that is stored`);
}

/** Opens a file for reading. @throws as `requireRegular` does */
export function openRegular(path: string): number {
  requireRegular(path);
  return openSync(path, "r");
}

/** A file's text; empty where it cannot be read, for files that may as well be missing. */
export function readIfThere(path: string): string {
  try {
    return readRegular(path).toString();
  } catch {
    return "";
  }
}

/** All bytes of a file. @throws as `requireRegular` does */
export function readRegular(path: string): Buffer {
  const file = openRegular(path);
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
