import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { float32, GraphBuilder, type Model } from "@taskhead/autograd";
import { plainPreprocessing, servedModel, unserved } from "@taskhead/core/internals";
import { afterAll, describe, expect, it } from "vitest";
import { describePreprocessing } from "./describe.js";
import { labelsOf } from "./labels.js";
import { preprocessingOf, type FoundPreprocessing } from "./preprocessing-of.js";

const root = mkdtempSync(join(tmpdir(), "taskhead-processor-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function network(side: number | string = "side", scale?: number, dtype: "float32" | "uint8" = "float32"): Model {
  const b = new GraphBuilder("network");
  let x = b.input("image", dtype, ["batch", 3, side, side]);
  if (dtype === "uint8") x = b.op("Cast", [x], { to: 1 });
  if (scale !== undefined) x = b.op("Mul", [x, b.constant(float32([scale], []))]);
  b.setOutputs({ y: b.op("Relu", [x]) });
  return b.model();
}

let made = 0;
async function found(
  files: Record<string, unknown>,
  model = network(),
  asked: Parameters<typeof preprocessingOf>[2] = {},
): Promise<FoundPreprocessing> {
  const folder = join(root, String(made++));
  mkdirSync(join(folder, "onnx"), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
  const inner = unserved(model);
  return preprocessingOf(join(folder, "onnx", "model.onnx"), { model: inner?.model ?? model, unserved: inner }, asked);
}

const processor = {
  image_processor_type: "ViTImageProcessor",
  size: { height: 96, width: 96 },
  image_mean: [0.1, 0.2, 0.3],
};
const timm = { pretrained_cfg: { input_size: [3, 64, 64], crop_pct: 1, mean: [0.4, 0.4, 0.4], std: [0.2, 0.2, 0.2] } };

describe("how pictures become numbers", () => {
  it.each([
    [{ "preprocessor_config.json": processor, "config.json": timm }, "preprocessor_config.json", [0.1, 0.2, 0.3], 96],
    [{ "processor_config.json": { image_processor: processor } }, "processor_config.json", [0.1, 0.2, 0.3], 96],
    [{ "config.json": timm }, "config.json (timm's pretrained_cfg)", [0.4, 0.4, 0.4], 64],
  ] as const)("is said by %j", async (files, from, mean, side) => {
    const { preprocessing, sizeFrom, normalisationFrom, assumed } = await found(files);
    expect({ sizeFrom, normalisationFrom, assumed }).toEqual({ sizeFrom: from, normalisationFrom: from, assumed: [] });
    expect(preprocessing).toMatchObject({ mean, size: { height: side, width: side } });
  });

  it("is ImageNet's where nothing says it, with a warning and the remedy", async () => {
    const nothing = await found({});
    expect(nothing.assumed).toEqual(["size", "normalisation"]);
    expect(nothing.preprocessing).toMatchObject({ size: { height: 64, width: 64 }, mean: [0.485, 0.456, 0.406] });
    const line = describePreprocessing(nothing);
    expect(line).toMatch(/^warning: .*64×64.*assumed.*ImageNet's, assumed.*--size.*--mean auto[^\n]*$/);
    const sized = await found({ "config.json": { image_size: 48, id2label: {} } }, network(32));
    expect(sized).toMatchObject({ assumed: ["normalisation"], sizeFrom: "the model's fixed size" });
    expect((await found({ "config.json": { image_size: 48 } })).sizeFrom).toBe("config.json (image_size)");
  });

  it("is the graph's own where it normalises", async () => {
    expect(await found({}, network(32, 1 / 255))).toMatchObject({
      preprocessing: { rescale: 1, std: [1, 1, 1] },
      assumed: [],
    });
    expect(await found({}, network(32, undefined, "uint8"))).toMatchObject({ preprocessing: { rescale: 1 } });
  });

  it("is what is asked for; of mean and std the other is nothing where nothing says it", async () => {
    const asked = { size: 24, mean: [0.5, 0.5, 0.5] } as const;
    expect(await found({}, network(), asked)).toMatchObject({
      preprocessing: { size: { height: 24, width: 24 }, mean: [0.5, 0.5, 0.5], std: [1, 1, 1] },
      sizeFrom: "--size",
      normalisationFrom: "--mean",
      assumed: [],
    });
    expect(await found({ "preprocessor_config.json": processor }, network(), asked)).toMatchObject({
      preprocessing: { size: { height: 24, width: 24 }, std: [0.5, 0.5, 0.5] },
      normalisationFrom: "--mean, else preprocessor_config.json",
    });
  });

  it("is an earlier export's own, though its file says that nothing is to be done", async () => {
    const model = servedModel(network(8, undefined, "uint8"), "image", {
      ...plainPreprocessing(10),
      resize: "shortest-edge",
      crop: { height: 8, width: 8 },
    });
    const files = { "preprocessor_config.json": { do_resize: false, do_rescale: false, do_normalize: false } };
    expect(await found(files, model)).toMatchObject({
      preprocessing: { size: { height: 10, width: 10 }, crop: { height: 8, width: 8 }, rescale: 1, mean: [0, 0, 0] },
      normalisationFrom: "the export's own graph",
    });
    await expect(found(files, model, { mean: [0, 0, 0] })).rejects.toThrow("leave --mean out");
  });
});

it("reads labels in the order of their numbers", async () => {
  writeFileSync(join(root, "config.json"), JSON.stringify({ id2label: { 10: "k", 2: "c", 0: "a" } }));
  expect(await labelsOf(join(root, "model.onnx"))).toEqual(["a", "c", "k"]);
  expect(await labelsOf(join(root, "onnx", "model.onnx"))).toEqual(["a", "c", "k"]);
  expect(await labelsOf(join(root, "elsewhere", "model.onnx"))).toBeNull();
});
