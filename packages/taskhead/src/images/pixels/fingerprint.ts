import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { Groups } from "@taskhead/core/internals";
import { readUpTo } from "../../files/read-up-to.js";
import { sha256 } from "../../files/sha256.js";
import { concurrently } from "../../data/concurrently.js";
import { storedIn } from "../../data/stored-in.js";
import { placeOfBytes, type Stored } from "../../data/stored.js";
import { ofTheFile } from "./decode.js";
import type { ImageSource } from "../image-source.js";

/** In parallel, and until when. */
export interface FingerprintOptions {
  concurrency?: number;
  signal?: AbortSignal;
}

/** What files hold. */
export interface Fingerprint {
  /** Changes with any of them, and with what is to be predicted of them: 64 hexadecimal digits. */
  readonly text: string;
  /** Of each file in their order: the SHA-256 of its content. */
  readonly contents: readonly string[];
}

/**
 * The fingerprint of images and of what is to be predicted of them. Where folders are the classes, paths say it already.
 * @throws the system's error if it has no memory or files left
 */
export async function fingerprintImages(source: ImageSource, options: FingerprintOptions = {}): Promise<Fingerprint> {
  const { root, labels, outputs, files } = source;
  const found = await fingerprint(root, files, options);
  if (labels === null) return found;
  const targets = JSON.stringify([outputs, files.map((f) => f.target)]);
  return { ...found, text: sha256(`${found.text}\n${targets}`) };
}

/** A set's fingerprint, which changes with its groups where it has any. */
export function groupedFingerprint(text: string, groups: Groups | undefined): string {
  return groups ? sha256(`${text}\n${JSON.stringify(groups)}`) : text;
}

/**
 * SHA-256 over the paths and contents of files, in their order: what was computed from equal ones can be used again.
 * It is the hash of one line `path NUL sha256(content)` per file, paths with `/` on every system. A file that cannot be read
 * counts by its error, as EACCES: decoding, which leaves it out, has the words for it.
 * @param files relative to `root`
 * @throws the system's error if it has no memory or files left
 */
export async function fingerprint(
  root: string,
  files: readonly Stored[],
  options: FingerprintOptions = {},
): Promise<Fingerprint> {
  const contents: string[] = [];
  const digest = async (file: Stored, i: number): Promise<void> => {
    contents[i] = await contentOf(storedIn(root, file)).catch((error: NodeJS.ErrnoException) => {
      if (!ofTheFile(error)) throw error;
      return String(error.code);
    });
  };
  await concurrently(files, options.concurrency ?? 8, digest, options.signal);
  const lines = files.map(({ path }, i) => `${path.replaceAll("\\", "/")}\0${contents[i]}\n`);
  return { text: sha256(lines.join("")), contents };
}

/** Read at once: a file may be larger than memory. Most pictures are smaller, and take one read, a third of a stream's time. */
const pieceBytes = 2 ** 20;

async function contentOf(stored: Stored): Promise<string> {
  const { file: place, start, size } = placeOfBytes(stored);
  const hash = createHash("sha256");
  const file = await open(place);
  try {
    const end = size === undefined ? (await file.stat()).size : start + size;
    for (let at = start; at < end; at += pieceBytes)
      hash.update(await readUpTo(file, at, Math.min(pieceBytes, end - at)));
  } finally {
    await file.close();
  }
  return hash.digest("hex");
}
