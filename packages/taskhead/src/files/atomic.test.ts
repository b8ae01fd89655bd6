import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readJson, writeFileAtomic } from "./atomic.js";
import { UserError } from "./errors.js";

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
});

describe("reading JSON", () => {
  it("gives the content, or says which file is missing or broken", () => {
    const path = join(dir, "x.json");
    expect(() => readJson(path)).toThrow(UserError);
    writeFileSync(path, "{");
    expect(() => readJson(path)).toThrow(/x\.json: cannot be read as JSON/);
    writeFileSync(path, '{"a":[1]}');
    expect(readJson(path)).toEqual({ a: [1] });
  });
});
