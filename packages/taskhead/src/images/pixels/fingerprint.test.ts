import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../files/sha256.js";
import { fingerprint as whole, type FingerprintOptions } from "./fingerprint.js";

let root: string;
const fingerprint = async (folder: string, names: readonly string[], options?: FingerprintOptions): Promise<string> =>
  (
    await whole(
      folder,
      names.map((path) => ({ path })),
      options,
    )
  ).text;
const files = ["a/1.png", "a/2.png", "b/3.png"];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-fingerprint-"));
  for (const name of ["a", "b"]) await mkdir(join(root, name));
  for (const file of files) await writeFile(join(root, file), file.repeat(1000));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("the fingerprint of files", () => {
  it("is the same for the same files, however many are read at a time", async () => {
    const print = await fingerprint(root, files);
    expect(print).toMatch(/^[0-9a-f]{64}$/);
    expect(await fingerprint(root, files, { concurrency: 1 })).toBe(print);
  });

  it("changes with a content, a name, the order, and a file left out", async () => {
    const print = await fingerprint(root, files);
    expect(await fingerprint(root, [...files].reverse())).not.toBe(print);
    expect(await fingerprint(root, files.slice(1))).not.toBe(print);
    await writeFile(join(root, "a/1-copy.png"), "a/1.png".repeat(1000));
    expect(await fingerprint(root, ["a/1-copy.png", ...files.slice(1)])).not.toBe(print);
    await writeFile(join(root, "a/1.png"), "other");
    expect(await fingerprint(root, files)).not.toBe(print);
  });

  it("counts a file that cannot be read by its error", async () => {
    const print = await fingerprint(root, ["nowhere.png"]);
    expect(print).toMatch(/^[0-9a-f]{64}$/);
    expect(await fingerprint(root, ["a"])).not.toBe(print);
    await writeFile(join(root, "nowhere.png"), "now");
    expect(await fingerprint(root, ["nowhere.png"])).not.toBe(print);
  });

  it("has the hash of all of a file in pieces, of an empty one, and of a stretch alone", async () => {
    const bytes = Uint8Array.from({ length: 2 ** 21 + 5 }, (_, i) => (i * i) % 251);
    await writeFile(join(root, "large"), bytes);
    await writeFile(join(root, "empty"), "");
    const within = { file: join(root, "large"), start: 3, size: 2 ** 20 + 1 };
    const { contents } = await whole(root, [{ path: "large" }, { path: "empty" }, { path: "a part", within }]);
    expect(contents).toEqual([sha256(bytes), sha256(""), sha256(bytes.subarray(3, 2 ** 20 + 4))]);
  });
});
