import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputSize, plainPreprocessing, type Preprocessing, withOptions } from "@taskhead/core/internals";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../files/errors.js";
import { readPreprocessorConfig } from "./read-processor.js";

let dir: string;
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), "taskhead-config-"))));
afterAll(() => rm(dir, { recursive: true, force: true }));

async function read(config: unknown): Promise<Preprocessing> {
  const file = join(dir, "preprocessor_config.json");
  await writeFile(file, typeof config === "string" ? config : JSON.stringify(config));
  return readPreprocessorConfig(file);
}

const imagenet = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };
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
    [{ do_flip_channel_order: true }, /'do_flip_channel_order'/],
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
