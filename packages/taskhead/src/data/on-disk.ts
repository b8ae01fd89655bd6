import { createReadStream } from "node:fs";
import { openRegular } from "../files/open-regular.js";
import type { TextFile } from "./text-file.js";

/** @throws the system's error, or a UserError for what is no regular file, once it is read, if it cannot be */
export function onDisk(path: string): TextFile {
  return { path, pieces: () => createReadStream(path, { fd: openRegular(path) }) };
}
