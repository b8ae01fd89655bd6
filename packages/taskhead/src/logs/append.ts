import { appendFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../files/make-folder.js";
import { at } from "../files/system-errors.js";

/** Adds to a file. A kill may leave the last record cut short, which readers of such files pass over. */
export function append(path: string, data: string | Uint8Array): void {
  write(path, () => appendFileSync(path, data));
}

/** Writes a small file, in place: nothing is lost with it, as all of a log is made again where a run goes on. */
export function put(path: string, data: string): void {
  write(path, () => writeFileSync(path, data));
}

function write(path: string, writing: () => void): void {
  makeFolder(dirname(path));
  try {
    writing();
  } catch (error) {
    throw at(path, error);
  }
}
