import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { concurrently } from "./concurrently.js";
import type { ImageSource } from "./image-source.js";

/** In parallel, and until when. */
export interface FingerprintOptions {
  concurrency?: number;
  signal?: AbortSignal;
}

/**
 * The fingerprint of images and of what is to be predicted of them. Where folders are the classes, paths say it already.
 * @returns 64 hexadecimal digits
 * @throws the file system's error if a file cannot be read
 */
export async function fingerprintImages(source: ImageSource, options: FingerprintOptions = {}): Promise<string> {
  const { root, labels, outputs, files } = source;
  const content = await fingerprint(
    root,
    files.map((f) => f.path),
    options,
  );
  if (labels === null) return content;
  const targets = JSON.stringify([outputs, files.map((f) => f.target)]);
  return createHash("sha256").update(`${content}\n${targets}`).digest("hex");
}

/**
 * SHA-256 over the paths and contents of files, in their order: what was computed from equal ones can be used again.
 * It is the hash of one line `path NUL sha256(content)` per file, paths with `/` on every system.
 * @param files relative to `root`
 * @returns 64 hexadecimal digits
 * @throws the file system's error if a file cannot be read
 */
export async function fingerprint(
  root: string,
  files: readonly string[],
  options: FingerprintOptions = {},
): Promise<string> {
  const lines: string[] = [];
  const digest = async (file: string, i: number): Promise<void> => {
    const content = createHash("sha256").update(await readFile(join(root, file)));
    lines[i] = `${file.replaceAll("\\", "/")}\0${content.digest("hex")}\n`;
  };
  await concurrently(files, options.concurrency ?? 8, digest, options.signal);
  return createHash("sha256").update(lines.join("")).digest("hex");
}
