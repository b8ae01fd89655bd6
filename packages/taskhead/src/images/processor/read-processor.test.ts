import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputSize, plainPreprocessing, type Preprocessing, withOptions } from "@taskhead/core/internals";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../files/errors.js";
import { readPreprocessorConfig } from "./processor-file.js";

let dir: string;
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), "taskhead-config-"))));
afterAll(() => rm(dir, { recursive: true, force: true }));

async function read(config: unknown): Promise<Preprocessing> {
  const file = join(dir, "preprocessor_config.json");
  await writeFile(file, typeof config === "string" ? config : JSON.stringify(config));
  return readPreprocessorConfig(file);
}

const imagenet = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };
const mean = (value: number) => ({ mean: [value, value, value], std: [0.2, 0.2, 0.2] });
const clip = {
  image_processor_type: "CLIPImageProcessor",
  do_center_crop: true,
  crop_size: { height: 224, width: 224 },
  size: { shortest_edge: 256 },
  resample: 3,
  ...imagenet,
};

describe("reading a preprocessor_config.json", () => {
  it("fills in what transformers' ViTImageProcessor would", async () => {
    const half = [0.5, 0.5, 0.5];
    expect(await read({})).toEqual({ ...plainPreprocessing(224), mean: half, std: half });
    expect(await read("\uFEFF{}")).toEqual(await read({}));
  });

  it("reads a square, a rectangle, and a shortest edge with a crop", async () => {
    expect(await read({ size: 96 })).toMatchObject({ size: { height: 96, width: 96 }, resize: "stretch" });
    expect(await read({ size: { height: 96, width: 64 }, resample: 0 })).toMatchObject({
      size: { height: 96, width: 64 },
      interpolation: "nearest",
    });
    expect(await read(clip)).toMatchObject({
      size: { height: 256, width: 256 },
      resize: "shortest-edge",
      crop: { height: 224, width: 224 },
      interpolation: "bicubic",
      mean: imagenet.image_mean,
    });
  });

  it("reads the bare numbers of old files as their own processors did", async () => {
    const old = { size: 256, crop_size: 224, do_center_crop: true };
    expect(await read({ ...old, feature_extractor_type: "CLIPFeatureExtractor" })).toMatchObject({
      resize: "shortest-edge",
      crop: { height: 224, width: 224 },
    });
    expect(await read({ ...old, feature_extractor_type: "DeiTFeatureExtractor" })).toMatchObject({
      resize: "stretch",
      crop: { height: 224, width: 224 },
    });
    const convNext = { size: 224, crop_pct: 0.875, feature_extractor_type: "ConvNextFeatureExtractor" };
    expect(await read(convNext)).toMatchObject({
      size: { height: 256, width: 256 },
      resize: "shortest-edge",
      crop: { height: 224, width: 224 },
    });
    expect(await read({ ...convNext, size: 384 })).toMatchObject({
      size: { height: 384, width: 384 },
      resize: "stretch",
    });
  });

  it("knows classes that transformers has and transformers.js lacks", async () => {
    const poolFormer = {
      image_processor_type: "PoolFormerImageProcessor",
      size: { shortest_edge: 224 },
      crop_pct: 0.9,
    };
    expect(await read({ ...poolFormer, do_center_crop: true, crop_size: { height: 224, width: 224 } })).toMatchObject({
      size: { height: 248, width: 248 },
      resize: "shortest-edge",
      crop: { height: 224, width: 224 },
      interpolation: "bicubic",
    });
    const levit = { feature_extractor_type: "LevitFeatureExtractor", size: 224, do_center_crop: true };
    expect(await read(levit)).toMatchObject({ size: { height: 256, width: 256 }, crop: { height: 224, width: 224 } });
  });

  it("reads the order of channels, a second division, and an offset", async () => {
    expect(await read({ do_flip_channel_order: true })).toMatchObject({ order: "bgr" });
    const twice = { image_processor_type: "EfficientNetImageProcessor", image_std: [0.5, 0.25, 0.2] };
    expect((await read({ ...twice, include_top: true })).std).toEqual([0.25, 0.0625, 0.2 * 0.2]);
    expect((await read({ ...twice, include_top: false })).std).toEqual([0.5, 0.25, 0.2]);
    // (x − 1 − 0.5) / 0.5
    expect((await read({ rescale_offset: true, rescale_factor: 1 / 127.5 })).mean).toEqual([1.5, 1.5, 1.5]);
  });

  it("reads what timm keeps, nested or flat, and a processor within a processor_config.json", async () => {
    const cfg = {
      input_size: [3, 224, 224],
      crop_pct: 0.9,
      interpolation: "bicubic",
      ...mean(0.4),
      crop_mode: "center",
    };
    const expected = {
      size: { height: 248, width: 248 },
      resize: "shortest-edge",
      crop: { height: 224, width: 224 },
      interpolation: "bicubic",
      mean: [0.4, 0.4, 0.4],
    };
    expect(await read({ architecture: "resnet50", pretrained_cfg: cfg })).toMatchObject(expected);
    expect(await read({ architecture: "resnet50", ...cfg })).toMatchObject(expected);
    expect(await read({ pretrained_cfg: { ...cfg, crop_mode: "squash", crop_pct: 1 } })).toMatchObject({
      size: { height: 224, width: 224 },
      resize: "stretch",
    });
    expect(await read({ image_processor: { size: 96 } })).toMatchObject({ size: { height: 96, width: 96 } });
  });

  it("stretches to a size that is asked for, where the file leaves images of different sizes", async () => {
    await writeFile(join(dir, "varies.json"), JSON.stringify({ size: { shortest_edge: 800, longest_edge: 1333 } }));
    expect(await readPreprocessorConfig(join(dir, "varies.json"), 96)).toMatchObject({
      size: { height: 96, width: 96 },
      resize: "stretch",
    });
  });

  it("leaves out the steps that are switched off", async () => {
    expect(
      await read({ ...imagenet, do_normalize: false, do_rescale: false, do_center_crop: false, crop_size: 100 }),
    ).toEqual({
      size: { height: 224, width: 224 },
      resize: "stretch",
      interpolation: "bilinear",
      rescale: 1,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
  });

  it.each([
    ["{", /cannot be read as JSON/],
    [[], /not as expected/],
    [{ image_mean: [0.5, 0.5] }, /'image_mean'/],
    [{ image_std: [0.5, 0, 0.5] }, /'image_std'.*above 0/],
    [{ size: "large" }, /'size'/],
    [{ resample: 1 }, /'resample' 1 \(Lanczos\)/],
    [{ resample: 17 }, /'resample' 17 is/],
    [{ size: { shortest_edge: 224 } }, /'size.shortest_edge' without 'do_center_crop'/],
    [{ ...clip, size: { shortest_edge: 224, longest_edge: 300 } }, /'size.longest_edge'/],
    [{ ...clip, crop_size: 300 }, /'crop_size' 300×300 is larger/],
    [{ do_resize: false }, /'do_resize'/],
    [{ do_resize: false, image_processor_type: "ViTImageProcessor" }, /'do_resize' false/],
    [{ do_pad: true, pad_size: 300 }, /'do_pad'/],
    [{ do_binarize: true, image_processor_type: "ViTImageProcessor" }, /'do_binarize'/],
    [{ image_processor_type: "NewImageProcessor", patches: 7 }, /'patches' is not supported \(of a NewImageProcessor/],
    [{ feature_extractor_type: "WhisperFeatureExtractor", sampling_rate: 16000 }, /'sampling_rate'/],
    [{ image_processor_type: "Siglip2ImageProcessorFast", max_num_patches: 256 }, /Siglip2.*NaFlex/],
    [{ image_processor_type: "PerceiverImageProcessor", size: 224 }, /Perceiver.*crops before/],
    [{ image_mean: [0.5], image_std: [0.5] }, /'image_mean' has 1 number, as for grey images/],
    [{ pretrained_cfg: { input_size: [1, 28, 28] } }, /'input_size' has 1 channels/],
    [{ pretrained_cfg: { crop_mode: "border" } }, /'crop_mode' border/],
    [{ pretrained_cfg: { mean: [0.5] } }, /'pretrained_cfg.mean'/],
    [null, /not as expected/],
  ])("names what it does not take in %j", async (config, message) => {
    const error: unknown = await read(config).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toMatch(/^[^\n]*preprocessor_config\.json[^\n]*$/);
  });

  it("says when the file is missing", async () => {
    await expect(readPreprocessorConfig(join(dir, "nowhere.json"))).rejects.toThrow(UserError);
  });
});

describe("options beside the file", () => {
  it("win over it", async () => {
    const own = withOptions(await read({ size: 96, ...imagenet }), { size: { height: 32, width: 48 }, std: [1, 2, 3] });
    expect(own).toMatchObject({ size: { height: 32, width: 48 }, mean: imagenet.image_mean, std: [1, 2, 3] });
  });

  it("resize and crop in the same proportion when the size changes", async () => {
    const own = withOptions(await read(clip), { size: 112 });
    expect(own).toMatchObject({ size: { height: 128, width: 128 }, crop: { height: 112, width: 112 } });
    expect(outputSize(own)).toEqual({ height: 112, width: 112 });
  });
});
