import { describe, expect, test } from "vitest";
import { modelIn } from "./model-files.js";
import type { PlacedFile } from "./placed-file.js";

const file = (path: string, content: string): PlacedFile => ({ path, file: new Blob([content]) });

describe("a model's folder", () => {
  test("is its onnx/model.onnx, with the JSON beside it and above", async () => {
    const found = await modelIn([
      file("/m/onnx/model.onnx", "whole"),
      file("/m/onnx/model_quantized.onnx", "small"),
      file("/m/config.json", '\uFEFF{"model_type":"bert"}'),
      file("/m/1_Pooling/config.json", '{"pooling_mode_mean_tokens":true}'),
      file("/m/preprocessor_config.json", '{"size":{"height":48,"width":48},"image_mean":[0,0,0],"image_std":[1,1,1]}'),
    ]);
    expect(found.name).toBe("m");
    expect(await found.model.text()).toBe("whole");
    expect(found.files).toEqual({
      "config.json": { model_type: "bert" },
      "1_Pooling/config.json": { pooling_mode_mean_tokens: true },
    });
    expect(found.preprocessing).toMatchObject({ size: { height: 48, width: 48 }, resize: "stretch" });
  });

  test("may be a file alone, and says what is wrong with it", async () => {
    expect(await modelIn([file("net.onnx", "x")])).toMatchObject({ name: "net.onnx", files: {}, preprocessing: null });
    await expect(modelIn([file("a.txt", "")])).rejects.toThrow("there is no .onnx file");
    await expect(modelIn([file("a.onnx", ""), file("b.onnx", "")])).rejects.toThrow("several models (a.onnx, b.onnx)");
    await expect(modelIn([file("model.onnx", ""), file("config.json", "{")])).rejects.toThrow("config.json is no JSON");
  });
});
