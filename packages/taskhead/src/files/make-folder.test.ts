import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder } from "./make-folder.js";
import { systemFault } from "./system-errors.js";

let root: string;
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), "taskhead-folder-"))));
afterAll(() => rmSync(root, { recursive: true }));

function faultOf(path: string): string | undefined {
  try {
    makeFolder(path);
  } catch (error) {
    return systemFault(error);
  }
  return undefined;
}

describe("making a folder", () => {
  it("makes those above it, and minds none that is there", () => {
    makeFolder(join(root, "a/b/c"));
    makeFolder(join(root, "a/b/c"));
    expect(existsSync(join(root, "a/b/c"))).toBe(true);
  });

  it("names what is in the way", () => {
    writeFileSync(join(root, "file"), "");
    expect(faultOf(join(root, "file/x/y"))).toMatch(/file[/\\]x[/\\]y: a part of its path is a file/);
    expect(faultOf(join(root, "file"))).toMatch(/[/\\]file: there is a file where a folder is needed/);
  });

  it.skipIf(process.platform === "win32")("follows links, and refuses one to nothing", () => {
    makeFolder(join(root, "real"));
    symlinkSync("real", join(root, "link"));
    symlinkSync("nothing", join(root, "broken"));
    makeFolder(join(root, "link/x"));
    expect(existsSync(join(root, "real/x"))).toBe(true);
    expect(faultOf(join(root, "broken/x"))).toMatch(/[/\\]broken: there is a file where a folder is needed/);
  });

  it.skipIf(process.platform !== "linux")("comes back where the system makes no folders", () => {
    expect(faultOf("/proc/taskhead/run")).toBe(
      "/proc/taskhead: there is no such file or folder; check the path (ENOENT)",
    );
  });
});
