import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives all tests a folder for what they write, which goes when they are over. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "taskhead-tests-"));
  process.env["TMPDIR"] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
