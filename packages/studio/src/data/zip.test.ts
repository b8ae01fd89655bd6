import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { unzipped, zipped } from "./zip.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("files come out of a zip where they were, and folders are none", async () => {
  const files = await unzipped(zipSync({ "a/": new Uint8Array(0), "a/1.txt": bytes("one"), "b/2.txt": bytes("two") }));
  expect(await Promise.all(files.map(async ({ path, file }) => [path, await file.text()]))).toEqual([
    ["a/1.txt", "one"],
    ["b/2.txt", "two"],
  ]);
});

test("what was packed is unpacked", async () => {
  const packed = await zipped(
    new Map([
      ["onnx/model.onnx", bytes("weights")],
      ["config.json", bytes("{}")],
    ]),
  );
  const files = await unzipped(packed);
  expect(files.map(({ path }) => path).sort()).toEqual(["config.json", "onnx/model.onnx"]);
});

test("what is no zip is said to be none", async () => {
  await expect(unzipped(bytes("not a zip at all"))).rejects.toThrow("the zip cannot be read");
});
