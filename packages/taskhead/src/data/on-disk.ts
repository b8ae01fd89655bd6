import { createReadStream } from "node:fs";
import type { TextFile } from "./text-file.js";

/** @throws the system's error, once it is read, if it cannot be */
export function onDisk(path: string): TextFile {
  return { path, pieces: () => createReadStream(path) };
}
