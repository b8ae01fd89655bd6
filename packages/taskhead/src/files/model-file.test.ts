import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { float32, GraphBuilder, ModelError, OutsizeError, writeModel } from "@taskhead/autograd";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withExternalWeights } from "../../../../scripts/studio/external-weights.js";
import { ofModel, openModelFile, readModelFile } from "./model-file.js";

let root: string;
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), "taskhead-model-"))));
afterAll(() => rmSync(root, { recursive: true }));

const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4665\nsize 1110931\n";

describe("reading a model's file", () => {
  it.each([
    ["", "is empty; fetch the file again"],
    [pointer, "is a pointer of Git LFS, not the model itself; fetch that with git lfs pull"],
    ["<!DOCTYPE html><html>404", "is a web page, not a model; download the file itself, from its raw address"],
    ["\n<html>Sign in", "is a web page, not a model; download the file itself, from its raw address"],
  ])("says what is in its place: %j", async (content, words) => {
    const file = join(root, "model.onnx");
    writeFileSync(file, content);
    await expect(readModelFile(file)).rejects.toThrow(`the model ${file} ${words}`);
  });

  it.skipIf(process.platform === "win32")("does not wait for what never ends", async () => {
    await expect(readModelFile("/dev/zero")).rejects.toThrow(
      "/dev/zero cannot be read: it is not a regular file; give",
    );
  });

  it("marks it by its bytes and by those that are read beside it", async () => {
    const b = new GraphBuilder("parted");
    const weights = b.initializer(
      "w",
      float32(
        Array.from({ length: 400 }, (_, i) => i / 8),
        [20, 20],
      ),
    );
    b.setOutputs({ y: b.op("MatMul", [b.input("x", "float32", ["n", 20]), weights]) });
    const parted = withExternalWeights(writeModel(b.model()), "w.bin");
    const path = join(root, "parted.onnx");
    const contentWith = async (model: Uint8Array, beside: Uint8Array): Promise<string> => {
      writeFileSync(path, model);
      writeFileSync(join(root, "w.bin"), beside);
      return (await openModelFile(path)).content;
    };
    const content = await contentWith(parted.model, parted.weights);
    expect(await contentWith(parted.model, parted.weights)).toBe(content);
    // What is not read decides nothing.
    expect(await contentWith(parted.model, Buffer.concat([parted.weights, Buffer.of(1)]))).toBe(content);
    const other = parted.weights.map((byte, i) => (i === 1599 ? byte ^ 1 : byte));
    expect(await contentWith(parted.model, other)).not.toBe(content);
    expect(await contentWith(writeModel({ ...b.model(), producer: "another" }), other)).not.toBe(content);
  });

  it("says of which file it is what is wrong, and keeps the kind of error", () => {
    const failing = (error: Error) => () =>
      ofModel("side.onnx", () => {
        throw error;
      });
    expect(failing(new ModelError("not an ONNX model"))).toThrow("side.onnx: not an ONNX model");
    expect(failing(new OutsizeError("too large"))).toThrow(OutsizeError);
    expect(failing(new TypeError("ours"))).toThrow(/^ours$/);
  });
});
