import { createHash } from "node:crypto";
import type { TextSource } from "./text-source.js";

/**
 * SHA-256 over texts, what is to be predicted of them, and what that is called: 64 hexadecimal digits. It changes with any
 * text, target or group and with their order, but not with where they are read from: rows that are refused, names of files and of
 * columns and the format do not count.
 */
export function fingerprintTexts({ task, outputs, samples }: TextSource): string {
  const hash = createHash("sha256");
  hash.update(`${JSON.stringify([task, outputs])}\n`);
  // In pieces: a call for every text takes longer than the hash.
  let piece: string[] = [];
  for (const { text, pair = null, words, target, group } of samples) {
    piece.push(JSON.stringify([words ?? text, pair, target, ...(group === undefined ? [] : [group])]));
    if (piece.length < 1000) continue;
    hash.update(`${piece.join("\n")}\n`);
    piece = [];
  }
  return hash.update(piece.join("\n")).digest("hex");
}
