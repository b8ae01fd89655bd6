import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { fileBeside, modelFileIn } from "./model-folder.js";

const root = mkdtempSync(join(tmpdir(), "taskhead-folder-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let made = 0;
function folder(...files: string[]): string {
  const at = join(root, String(made++));
  for (const file of [...files, "config.json"]) {
    mkdirSync(dirname(join(at, file)), { recursive: true });
    writeFileSync(join(at, file), "{}");
  }
  return at;
}

it.each([
  [["onnx/model.onnx", "onnx/model_fp16.onnx", "model.onnx"], "onnx/model.onnx"],
  [["model.onnx", "onnx/model_quantized.onnx"], "model.onnx"],
  [["onnx/vision_model.onnx", "onnx/vision_model_q4.onnx"], "onnx/vision_model.onnx"],
  [["resnet.onnx"], "resnet.onnx"],
])("finds of %j the model to train", (files, found) => {
  const at = folder(...files);
  expect(modelFileIn(at)).toBe(join(at, found));
});

it.each([
  [
    ["onnx/model_quantized.onnx", "onnx/model_uint8.onnx"],
    /only quantised.*onnx\/model_quantized\.onnx, onnx\/model_uint8\.onnx\); put/,
  ],
  [["onnx/model_fp16.onnx"], /or give .*onnx\/model_fp16\.onnx itself/],
  [["a.onnx", "b.onnx"], /several models \(a\.onnx, b\.onnx\); give the path of one/],
  [[], /holds no \.onnx file/],
])("says of %j in one line what is wrong", (files, message) => {
  expect(() => modelFileIn(folder(...files))).toThrow(message);
});

it("leaves the path of a file, there or not, as it is", () => {
  expect(modelFileIn(join(root, "nowhere.onnx"))).toBe(join(root, "nowhere.onnx"));
});

it("finds what belongs to a model beside it, or above an onnx folder", () => {
  const at = folder("onnx/model.onnx", "onnx/own.json", "elsewhere/model.onnx");
  const beside = (model: string, name: string): string | undefined => fileBeside(join(at, model), name);
  expect(beside("onnx/model.onnx", "own.json")).toBe(join(at, "onnx/own.json"));
  expect(beside("onnx/model.onnx", "config.json")).toBe(join(at, "config.json"));
  expect(beside("elsewhere/model.onnx", "config.json")).toBeUndefined();
});
