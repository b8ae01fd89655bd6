import { createHash } from "node:crypto";
import { contentOfGraph } from "./graph.js";
import type { GraphSource } from "./graph-source.js";

/**
 * SHA-256 over samples, what is to be predicted of them, and what that is called: 64 hexadecimal digits. It changes with any
 * molecule or graph as it is written, with any target or group and with their order, but not with where they are read from.
 */
export function fingerprintOf({ task, outputs, rows }: GraphSource): string {
  const hash = createHash("sha256");
  hash.update(`${JSON.stringify([task, outputs])}\n`);
  for (const { sample, target, group } of rows) {
    const own = typeof sample === "string" ? sample : contentOfGraph(sample);
    hash.update(`${JSON.stringify([own, target, ...(group === undefined ? [] : [group])])}\n`);
  }
  return hash.digest("hex");
}
