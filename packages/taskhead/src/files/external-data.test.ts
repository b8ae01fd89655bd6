import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { externalDataOf } from "./external-data.js";

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "taskhead-external-"))));
afterEach(() => rmSync(dir, { recursive: true }));

it("reads a range of a file beside the model", () => {
  mkdirSync(join(dir, "weights"));
  writeFileSync(join(dir, "weights", "w.bin"), Uint8Array.of(0, 1, 2, 3, 4, 5));
  const external = externalDataOf(join(dir, "model.onnx"));
  expect([...external("weights/w.bin", 2, 3)]).toEqual([2, 3, 4]);
});

it("returns what there is where more is asked for, without allocating that much", () => {
  writeFileSync(join(dir, "w.bin"), Uint8Array.of(0, 1, 2, 3));
  const external = externalDataOf(join(dir, "model.onnx"));
  expect([...external("w.bin", 3, 2 ** 50)]).toEqual([3]);
  expect([...external("w.bin", 9, 4)]).toEqual([]);
});

it.skipIf(process.platform === "win32")("does not wait for a pipe", () => {
  execFileSync("mkfifo", [join(dir, "w.bin")]);
  expect(() => externalDataOf(join(dir, "model.onnx"))("w.bin", 0, 4)).toThrow("is no regular file; give one");
});

it("fails with the system's word for a file that is not there", () => {
  expect(() => externalDataOf(join(dir, "model.onnx"))("none.bin", 0, 1)).toThrow(/ENOENT/);
});
