import { float32, GraphBuilder, writeModel } from "@taskhead/autograd";
import { memoryStore, RunStore, sha256, writeJson } from "@taskhead/core/internals";
import { describe, expect, test } from "vitest";
import { modelIn } from "./model-files.js";
import type { PlacedFile } from "./placed-file.js";

const file = (path: string, content: string | Uint8Array<ArrayBuffer>): PlacedFile => ({
  path,
  file: new Blob([content]),
});

/** ModelProto { graph: { initializer: { external_data: { key: "location", value: … } } } }, one for each name. */
function keepingIn(...names: readonly string[]): Uint8Array<ArrayBuffer> {
  const length = (n: number): number[] => (n < 128 ? [n] : [(n % 128) + 128, n >> 7]);
  const field = (number: number, bytes: readonly number[]): number[] => [
    number * 8 + 2,
    ...length(bytes.length),
    ...bytes,
  ];
  const entry = (name: string) =>
    field(13, [...field(1, [...Buffer.from("location")]), ...field(2, [...Buffer.from(name)])]);
  return Uint8Array.from(
    field(
      7,
      names.flatMap((name) => field(5, entry(name))),
    ),
  );
}

/** A model that takes images of these sizes, with the weights among its inputs, as older exports have it. */
function takingImages(...shape: readonly (number | string)[]): Uint8Array<ArrayBuffer> {
  const b = new GraphBuilder("images");
  const weight = b.initializer("weight", float32([2], [1]));
  b.setOutputs({ y: b.op("Mul", [b.input("image", "float32", shape), weight]) });
  const { graph, ...model } = b.model();
  const inputs = [{ name: "weight", type: { dtype: "float32" as const, shape: [1, 1, 7, 7] } }, ...graph.inputs];
  return new Uint8Array(writeModel({ ...model, graph: { ...graph, inputs } }));
}

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

  test("has the files that it keeps weights in, by its own names for them", async () => {
    const names = ["model.onnx_data", "./deep/w.bin", "deep/w.bin", "../config.json", "/etc/passwd"];
    const model = file("/m/onnx/model.onnx", keepingIn(...names));
    const [data, deep] = [file("/m/onnx/model.onnx_data", "data"), file("/m/onnx/deep/w.bin", "deep")];
    const { weights } = await modelIn([model, data, deep, file("/m/onnx/other.bin", ""), file("/m/config.json", "{}")]);
    expect([...weights.keys()]).toEqual(names.slice(0, 3));
    expect(await Promise.all([...weights.values()].map((one) => one.text()))).toEqual(["data", "deep", "deep"]);
    await expect(modelIn([model, deep])).rejects.toThrow(
      "m/onnx/model.onnx keeps weights in m/onnx/model.onnx_data, which is not there; give the model's whole folder",
    );
    const pointer = file("model.onnx", "version https://git-lfs.github.com/spec/v1\n");
    await expect(modelIn([pointer])).rejects.toThrow("the model model.onnx is a pointer of Git LFS");
  });

  test("has the size of pictures that its input says, channels first or last, unless that is free", async () => {
    const sizeOf = async (...shape: readonly (number | string)[]) =>
      (await modelIn([file("net.onnx", takingImages(...shape))])).fixedSize;
    expect(await sizeOf("batch", 3, 48, 64)).toEqual({ height: 48, width: 64 });
    expect(await sizeOf(1, 32, 24, 3)).toEqual({ height: 32, width: 24 });
    expect(await sizeOf("batch", 3, "height", "width")).toBeNull();
    expect(await sizeOf("batch", 128)).toBeNull();
    // Of what the files beside it leave open it is the size, too.
    const { preprocessing } = await modelIn([
      file("m/model.onnx", takingImages("n", 3, 48, 64)),
      file("m/preprocessor_config.json", '{"do_resize":false,"image_mean":[0,0,0],"image_std":[1,1,1]}'),
    ]);
    expect(preprocessing).toMatchObject({ size: { height: 48, width: 64 }, resize: "stretch" });
  });

  test("that taskhead exported has to be what it exported", async () => {
    const config = '{"id2label":{}}';
    const store = memoryStore();
    const checksums = { "onnx/model.onnx": await sha256("whole"), "config.json": await sha256(config) };
    await writeJson(new RunStore(store, "run").within("model"), "taskhead.json", { checksums });
    const card = file("m/taskhead.json", (await store.read("model/taskhead.json")) as Uint8Array<ArrayBuffer>);
    const folder = (model: string, beside: string): PlacedFile[] => [
      file("m/onnx/model.onnx", model),
      file("m/config.json", beside),
      card,
    ];
    expect(await modelIn(folder("whole", config))).toMatchObject({ files: { "config.json": { id2label: {} } } });
    await expect(modelIn(folder("cut", config))).rejects.toThrow(
      "m/onnx/model.onnx is not what taskhead exported: its checksum is another than in taskhead.json; give the folder as it was exported",
    );
    await expect(modelIn(folder("whole", "{}"))).rejects.toThrow("m/config.json is not what taskhead exported");
    const changed = file("m/taskhead.json", (await card.file.text()).replace('"run"', '"runs"'));
    await expect(modelIn([...folder("whole", config).slice(0, 2), changed])).rejects.toThrow(
      /^m\/taskhead\.json: it is not/,
    );
  });

  test("may be a file alone, and says what is wrong with it", async () => {
    expect(await modelIn([file("net.onnx", "x")])).toMatchObject({ name: "net.onnx", files: {}, preprocessing: null });
    await expect(modelIn([file("a.txt", "")])).rejects.toThrow("there is no .onnx file");
    await expect(modelIn([file("a.onnx", ""), file("b.onnx", "")])).rejects.toThrow("several models (a.onnx, b.onnx)");
    await expect(modelIn([file("model.onnx", ""), file("config.json", "{")])).rejects.toThrow("config.json is no JSON");
  });
});
