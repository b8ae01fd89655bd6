import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { namedImages } from "./named-images.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-named-"));
  await mkdir(join(root, "a", "deep"), { recursive: true });
  await mkdir(join(root, "empty"));
  for (const file of ["a/2.png", "a/1.jpg", "a/deep/3.webp", "a/notes.txt", "odd[1].png"])
    await writeFile(join(root, file), "");
});
afterAll(() => rm(root, { recursive: true, force: true }));

const named = async (...names: string[]): Promise<[files: string[], reasons: string[]]> => {
  const { files, unusable } = await namedImages(names.map((name) => join(root, name)));
  return [
    files.map(({ path: file }) => file.slice(root.length + 1).replaceAll("\\", "/")),
    unusable.map(({ reason }) => reason),
  ];
};

it("takes folders with all below them, and patterns", async () => {
  expect(await named("a")).toEqual([["a/1.jpg", "a/2.png", "a/deep/3.webp"], []]);
  expect(await named("a/*.{png,jpg,txt}")).toEqual([["a/1.jpg", "a/2.png"], []]);
  expect(await named("**/*.webp")).toEqual([["a/deep/3.webp"], []]);
});

it("takes a file as it is, whatever it is called, and each once", async () => {
  expect(await named("a/2.png", "odd[1].png", "a/notes.txt", "a", "gone.png")).toEqual([
    ["a/2.png", "odd[1].png", "a/notes.txt", "a/1.jpg", "a/deep/3.webp", "gone.png"],
    [],
  ]);
});

it("says what gives no image", async () => {
  const [files, reasons] = await named("empty", "b/*.jpg");
  expect(files).toEqual([]);
  expect(reasons).toEqual([expect.stringMatching(/folder without an image/), "no image is called so"]);
});
