import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { concurrently } from "./concurrently.js";

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
  options: { concurrency?: number; signal?: AbortSignal } = {},
): Promise<string> {
  const lines: string[] = [];
  const digest = async (file: string, i: number): Promise<void> => {
    const content = createHash("sha256").update(await readFile(join(root, file)));
    lines[i] = `${file.replaceAll("\\", "/")}\0${content.digest("hex")}\n`;
  };
  await concurrently(files, options.concurrency ?? 8, digest, options.signal);
  return createHash("sha256").update(lines.join("")).digest("hex");
}
