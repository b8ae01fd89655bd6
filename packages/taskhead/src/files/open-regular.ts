import { openSync, statSync } from "node:fs";
import { UserError } from "./errors.js";

/**
 * Opens a file for reading. Some devices never end, and a pipe may never begin: opening one would wait for it.
 * @throws {UserError} for anything but a regular file; the system's error where there is none
 */
export function openRegular(path: string): number {
  if (!statSync(path).isFile()) throw new UserError(`${path} is no regular file; give one that is stored`);
  return openSync(path, "r");
}
