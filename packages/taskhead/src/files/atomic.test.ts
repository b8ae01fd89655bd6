import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { writeFileAtomic } from "./atomic.js";
import { UserError } from "./errors.js";

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return { ...fs, writeSync: vi.fn(fs.writeSync) };
});

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "taskhead-atomic-"))));
afterEach(() => rmSync(dir, { recursive: true }));

describe("writing a file whole", () => {
  it("writes text and bytes, makes the folder, replaces what was there", () => {
    const path = join(dir, "deep", "x");
    writeFileAtomic(path, "wörd");
    expect(readFileSync(path, "utf8")).toBe("wörd");
    writeFileAtomic(path, Uint8Array.of(1, 2));
    expect([...readFileSync(path)]).toEqual([1, 2]);
    expect(readdirSync(join(dir, "deep"))).toEqual(["x"]);
  });

  it("leaves nothing behind, and the old file as it was, when it fails", () => {
    mkdirSync(join(dir, "taken", "inside"), { recursive: true });
    expect(() => writeFileAtomic(join(dir, "taken"), "x")).toThrow();
    expect(readdirSync(dir)).toEqual(["taken"]);
  });

  it("says in a line that the disk is full, which file that was, and what to do", () => {
    const path = join(dir, "x");
    writeFileAtomic(path, "old");
    vi.mocked(writeSync).mockImplementationOnce(() => {
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    });
    expect(() => writeFileAtomic(path, "new")).toThrow(
      new UserError(`the disk is full: ${path} cannot be written; free some space and run the same command again`),
    );
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(dir)).toEqual(["x"]);
  });
});
