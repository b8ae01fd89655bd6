import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe } from "vitest";

const folder = fileURLToPath(new URL("../../../../shared/", import.meta.url));

/** The bytes of a file of reference data, which lies beside a checkout where there is any. */
export function sharedFile(path: string): Uint8Array {
  return readFileSync(folder + path);
}

/** Tests that need a folder of reference data; without it they are skipped, and say so. */
export function withShared(path: string, tests: () => void): void {
  const there = existsSync(folder + path);
  if (!there) console.warn(`skipped: ${path} is not among the reference data`);
  describe.skipIf(!there)(path, tests);
}
