import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, test } from "vitest";

const folder = fileURLToPath(new URL("../../../../shared/", import.meta.url));

/** The bytes of a file of reference data, which lies beside a checkout where there is any. */
export function sharedFile(path: string): Uint8Array {
  return readFileSync(folder + path);
}

/** Tests that need a folder of reference data; without it they are skipped, and say so. */
export function withShared(path: string, tests: () => void): void {
  if (existsSync(folder + path)) return void describe(path, tests);
  console.warn(`skipped: ${path} is not among the reference data`);
  // What is skipped is collected all the same, which reads the data.
  describe.skip(path, () => test("needs reference data", () => undefined));
}
