import * as transformers from "@huggingface/transformers";
import { GraphBuilder, writeModel } from "@taskhead/autograd";
import { createEngine } from "@taskhead/core";
import { createResizer, images, outputSize, type Preprocessing } from "@taskhead/core/internals";
import * as ort from "onnxruntime-node";
import { describe, expect, it, test } from "vitest";
import { UserError } from "../../files/errors.js";
import { families, unusable } from "./families.js";
import { processorPreprocessing } from "./read-processor.js";

/**
 * Every class of image processors that transformers.js has, with a configuration as published models have it: what a
 * network gets of a picture is what transformers.js gives it, or the file is refused by name.
 */

const half = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
const imagenet = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };
const clip = {
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
};
const square = (side: number) => ({ size: { height: side, width: side } });
const shortest = (edge: number) => ({ size: { shortest_edge: edge } });
const crop = (side: number) => ({ do_center_crop: true, crop_size: { height: side, width: side } });
const detr = { size: { shortest_edge: 800, longest_edge: 1333 }, ...imagenet, format: "coco_detection", do_pad: true };

const likeClip = { ...shortest(224), ...crop(224), ...clip, resample: 3, do_convert_rgb: true };
const mobileNet = { ...shortest(256), ...crop(224), ...half };
const mobileVit = { ...shortest(288), ...crop(256), do_normalize: undefined, do_flip_channel_order: true };
const convNext = { ...shortest(224), crop_pct: 0.875, ...imagenet };
const efficientNet = {
  ...square(150),
  ...crop(130),
  do_center_crop: false,
  ...imagenet,
  include_top: true,
  resample: 0,
};

type Config = Readonly<Record<string, unknown>>;
/** A class, what its file says besides, and why it is refused; `same` where it is read. */
type Case = readonly [name: string, config: Config, outcome: "same" | RegExp];

const cases: readonly Case[] = [
  [
    "BeitFeatureExtractor",
    { ...square(256), ...crop(224), do_center_crop: true, ...half, do_reduce_labels: true },
    "same",
  ],
  [
    "BeitFeatureExtractor",
    { ...square(224), crop_size: 224, do_center_crop: false, ...half, reduce_labels: false },
    "same",
  ],
  ["BitImageProcessor", { ...shortest(256), ...crop(224), ...imagenet, resample: 3 }, "same"],
  ["CHMv2ImageProcessor", { ...square(224), ...imagenet }, "same"],
  ["CLIPFeatureExtractor", { ...likeClip, crop_size: 224 }, "same"],
  ["CLIPImageProcessor", likeClip, "same"],
  [
    "CLIPImageProcessor",
    { ...likeClip, image_mean: [0.5], image_std: [0.5] },
    /'image_mean' has 1 number, as for grey/,
  ],
  ["ChineseCLIPFeatureExtractor", { ...square(224), do_center_crop: false, ...clip, resample: 3 }, "same"],
  ["ConvNextFeatureExtractor", convNext, "same"],
  ["ConvNextImageProcessor", { ...convNext, crop_pct: 0.95, resample: 3 }, "same"],
  ["ConvNextImageProcessor", { ...convNext, ...shortest(384) }, "same"],
  ["ConvNextImageProcessor", { ...convNext, ...square(224) }, /'size' has to be \{shortest_edge\}/],
  [
    "DINOv3ViTImageProcessor",
    { ...square(224), ...imagenet, rescale_factor: 1 / 255, default_to_square: true },
    "same",
  ],
  [
    "DPTFeatureExtractor",
    { ...square(384), ...half, keep_aspect_ratio: false, ensure_multiple_of: 1, resample: 3 },
    "same",
  ],
  [
    "DPTImageProcessor",
    { ...square(518), ...imagenet, keep_aspect_ratio: true, ensure_multiple_of: 14 },
    /'keep_aspect_ratio'/,
  ],
  ["DeiTFeatureExtractor", { ...square(256), ...crop(224), ...imagenet, resample: 3 }, "same"],
  ["DeiTImageProcessor", { ...square(256), ...crop(224), ...half, resample: 3 }, "same"],
  ["DetrFeatureExtractor", detr, /'size.longest_edge'/],
  ["DetrImageProcessor", { ...detr, ...square(640), do_pad: false }, "same"],
  ["DetrImageProcessor", detr, /'size.longest_edge'/],
  [
    "DonutFeatureExtractor",
    { size: { height: 2560, width: 1920 }, do_thumbnail: true, do_pad: true, ...half },
    /DonutFeatureExtractor/,
  ],
  [
    "DonutImageProcessor",
    { size: { height: 2560, width: 1920 }, do_align_long_axis: false, ...half },
    /DonutImageProcessor/,
  ],
  ["EfficientNetImageProcessor", { ...efficientNet, ...half }, "same"],
  ["EfficientNetImageProcessor", { ...efficientNet, include_top: undefined }, "same"],
  ["EfficientNetImageProcessor", { ...efficientNet, include_top: false, rescale_offset: false, resample: 3 }, "same"],
  ["GLPNFeatureExtractor", { size_divisor: 32, do_normalize: false, resample: 2 }, /GLPNFeatureExtractor/],
  ["Gemma3ImageProcessor", { ...square(896), ...half, do_pan_and_scan: null, image_seq_length: 256 }, "same"],
  ["Gemma3ImageProcessor", { ...square(896), ...half, do_pan_and_scan: true }, /'do_pan_and_scan'/],
  ["Gemma4ImageProcessor", { patch_size: 16, max_soft_tokens: 280, ...half }, /Gemma4ImageProcessor/],
  ["Glm46VImageProcessor", { patch_size: 14, merge_size: 2, ...clip }, /Glm46VImageProcessor/],
  ["GroundingDinoImageProcessor", detr, /'size.longest_edge'/],
  [
    "Idefics3ImageProcessor",
    { size: { longest_edge: 1456 }, do_image_splitting: true, ...half },
    /Idefics3ImageProcessor/,
  ],
  ["ImageFeatureExtractor", { ...square(224), ...half }, "same"],
  ["ImageProcessor", { ...square(224), ...half, resample: 3 }, "same"],
  [
    "JinaCLIPImageProcessor",
    {
      size: 512,
      mean: clip.image_mean,
      std: clip.image_std,
      resize_mode: "shortest",
      interpolation: "bicubic",
      fill_color: 0,
    },
    "same",
  ],
  [
    "JinaCLIPImageProcessor",
    { size: 256, mean: clip.image_mean, std: clip.image_std, resize_mode: "squash", interpolation: "bilinear" },
    "same",
  ],
  [
    "JinaCLIPImageProcessor",
    { size: 256, mean: clip.image_mean, std: clip.image_std, resize_mode: "longest" },
    /'resize_mode' longest/,
  ],
  ["Lfm2VlImageProcessor", { ...square(512), do_image_splitting: true, ...half }, /Lfm2VlImageProcessor/],
  ["LlavaOnevisionImageProcessor", { ...square(384), image_grid_pinpoints: [[384, 384]], ...half }, /LlavaOnevision/],
  ["Mask2FormerImageProcessor", { ...detr, size_divisor: 32 }, /'size.longest_edge'/],
  [
    "Mask2FormerImageProcessor",
    { ...square(384), size_divisor: 32, ...imagenet, do_pad: true, ignore_index: 255 },
    "same",
  ],
  ["MaskFormerFeatureExtractor", { size: 800, max_size: 1333, ...imagenet }, /'max_size'/],
  ["MaskFormerImageProcessor", { ...detr, size_divisor: 32 }, /'size.longest_edge'/],
  ["MobileNetV1FeatureExtractor", mobileNet, "same"],
  ["MobileNetV1ImageProcessor", mobileNet, "same"],
  ["MobileNetV2FeatureExtractor", mobileNet, "same"],
  ["MobileNetV2ImageProcessor", mobileNet, "same"],
  ["MobileNetV3FeatureExtractor", { ...mobileNet, ...imagenet }, "same"],
  ["MobileNetV3ImageProcessor", { ...mobileNet, ...imagenet }, "same"],
  ["MobileNetV4FeatureExtractor", { ...shortest(256), ...crop(256), ...imagenet, resample: 3, crop_pct: 0.95 }, "same"],
  ["MobileNetV4ImageProcessor", { ...shortest(256), ...crop(224), ...imagenet, resample: 3 }, "same"],
  ["MobileViTFeatureExtractor", mobileVit, "same"],
  ["MobileViTImageProcessor", mobileVit, "same"],
  ["MobileViTImageProcessor", { ...mobileVit, ...imagenet, do_normalize: true }, "same"],
  [
    "NougatImageProcessor",
    { size: { height: 896, width: 672 }, do_crop_margin: true, ...imagenet },
    /NougatImageProcessor/,
  ],
  ["OwlViTFeatureExtractor", { ...square(768), ...clip, resample: 3, do_center_crop: false, crop_size: 768 }, "same"],
  ["OwlViTImageProcessor", { ...square(768), ...clip, resample: 3, do_center_crop: false, crop_size: 768 }, "same"],
  ["Owlv2ImageProcessor", { ...square(960), ...clip, do_pad: true }, /'do_pad' of an Owlv2ImageProcessor/],
  ["Phi3VImageProcessor", { num_crops: 4, ...clip }, /Phi3VImageProcessor/],
  ["PixtralImageProcessor", { size: { longest_edge: 1024 }, patch_size: 16, ...clip }, /PixtralImageProcessor/],
  ["PvtImageProcessor", { ...square(224), ...imagenet }, "same"],
  ["Qwen2VLImageProcessor", { patch_size: 14, min_pixels: 3136, ...clip }, /Qwen2VLImageProcessor/],
  ["RTDetrImageProcessor", { ...square(640), ...imagenet, do_normalize: false, do_pad: false }, "same"],
  [
    "Sam2ImageProcessor",
    { ...square(1024), ...imagenet, do_pad: null, pad_size: null, mask_size: { height: 256, width: 256 } },
    "same",
  ],
  ["Sam3ImageProcessor", { ...square(1008), ...half, do_pad: null }, "same"],
  [
    "SamImageProcessor",
    { size: { longest_edge: 1024 }, ...imagenet, do_pad: true, pad_size: { height: 1024, width: 1024 } },
    /'size.longest_edge'/,
  ],
  ["SapiensFeatureExtractor", { size: { height: 1024, width: 768 }, ...imagenet }, "same"],
  ["SapiensImageProcessor", { size: { height: 1024, width: 768 }, ...imagenet }, "same"],
  ["SegformerFeatureExtractor", { ...square(512), ...imagenet, do_reduce_labels: true }, "same"],
  ["SegformerImageProcessor", { ...square(224), ...imagenet, do_reduce_labels: false }, "same"],
  ["SiglipImageProcessor", { ...square(224), ...half, resample: 3, do_convert_rgb: null }, "same"],
  [
    "SmolVLMImageProcessor",
    { size: { longest_edge: 2048 }, do_image_splitting: true, ...half },
    /SmolVLMImageProcessor/,
  ],
  ["Swin2SRImageProcessor", { do_pad: true, pad_size: 8 }, /Swin2SRImageProcessor/],
  ["VLMImageProcessor", { image_size: 384, background_color: [127, 127, 127], ...half }, /VLMImageProcessor/],
  ["ViTFeatureExtractor", { ...square(224), ...half }, "same"],
  ["ViTImageProcessor", { ...square(224), ...half, rescale_factor: 1 / 127.5 }, "same"],
  ["ViTImageProcessor", { ...square(224), ...half, do_rescale: false, do_normalize: false, resample: 0 }, "same"],
  ["ViTImageProcessor", { ...square(224), image_mean: 0.5, image_std: 0.25, do_pad: true }, "same"],
  ["ViTImageProcessor", { ...shortest(252), ...crop(224), ...imagenet, resample: 3 }, "same"],
  ["ViTImageProcessor", { ...square(224), do_pad: true, pad_size: { height: 256, width: 256 }, ...half }, /'do_pad'/],
  ["ViTImageProcessor", { ...square(224), ...half, resample: 1 }, /'resample' 1 \(Lanczos\)/],
  ["ViTImageProcessor", { ...shortest(224), ...half }, /'size.shortest_edge' without 'do_center_crop'/],
  ["VitMatteImageProcessor", { do_pad: true, size_divisibility: 32, ...half }, /VitMatteImageProcessor/],
  [
    "VitPoseImageProcessor",
    { size: { height: 256, width: 192 }, ...imagenet, do_affine_transform: true },
    /'do_affine_transform'/,
  ],
  ["VitPoseImageProcessor", { size: { height: 256, width: 192 }, ...imagenet }, "same"],
  ["YolosFeatureExtractor", { ...detr, size: 800, max_size: 1333 }, /'max_size'/],
  ["YolosImageProcessor", { ...detr, size: { shortest_edge: 512, longest_edge: 1333 } }, /'size.longest_edge'/],
];

type Constructor = new (
  config: Config,
) => (image: transformers.RawImage) => Promise<{ pixel_values: transformers.Tensor }>;
const exported = transformers as unknown as Readonly<Record<string, Constructor>>;

/** The same with sizes a quarter of what they are, to be quick; but for ConvNeXt, whose rule is about sizes. */
function smaller(config: Config): Config {
  if (String(config["image_processor_type"]).startsWith("ConvNext")) return config;
  const quarter = (value: unknown): unknown =>
    typeof value === "number"
      ? Math.round(value / 4)
      : value && Object.fromEntries(Object.entries(value).map(([name, side]) => [name, quarter(side)]));
  const sizes = ["size", "crop_size", "pad_size"].flatMap((name) =>
    name in config ? [[name, quarter(config[name])]] : [],
  );
  return { ...config, ...(Object.fromEntries(sizes) as Config) };
}

const engine = createEngine(ort);
const switches = { do_resize: true, do_rescale: true, do_normalize: true, resample: 2 };

function read(config: Config): Preprocessing {
  return processorPreprocessing(config, (reason) => new UserError(`preprocessor_config.json: ${reason}`));
}

interface Picture {
  height: number;
  width: number;
  data: Uint8Array;
}

/** A different ramp in each channel, so that sizes, crops and the order of channels all show. */
function ramps(height: number, width: number): Picture {
  const at = (y: number, x: number, c: number): number =>
    c === 0 ? (255 * x) / width : c === 1 ? (255 * y) / height : 60 + 60 * (x / width) + 30 * (y / height);
  const data = Uint8Array.from({ length: 3 * height * width }, (_, i) =>
    Math.round(at(Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3)),
  );
  return { height, width, data };
}

function noise(height: number, width: number): Picture {
  return {
    height,
    width,
    data: Uint8Array.from({ length: 3 * height * width }, (_, i) => (i * 7919 + (i >> 3)) % 256),
  };
}

/** What a network of ours gets of pictures: resized outside, normalised in the graph. */
async function ours(preprocessing: Preprocessing): Promise<(picture: Picture) => Promise<Float32Array>> {
  const size = outputSize(preprocessing);
  const b = new GraphBuilder("what it gets");
  b.setOutputs({ got: b.op("Identity", [b.input("x", "float32", ["batch", 3, size.height, size.width])]) });
  const session = await engine.session(writeModel(images({ preprocessing }).prepare(b.model()).model), { threads: 1 });
  const resize = await createResizer(engine, preprocessing);
  return async ({ data, width, height }) => {
    const bytes = await resize(data, width, height);
    const { got } = await session.run({ pixels: engine.tensor("uint8", bytes, [1, 3, size.height, size.width]) });
    return got!.data as Float32Array;
  };
}

async function theirs(name: string, config: Config, { data, width, height }: Picture) {
  const processor = new exported[name]!(config);
  const { pixel_values } = await processor(new transformers.RawImage(new Uint8Array(data), width, height, 3));
  return { dims: pixel_values.dims, data: pixel_values.data as Float32Array };
}

/** The largest difference in units of a byte, and the mean one. */
function apart(a: Float32Array, b: Float32Array, { rescale, std }: Preprocessing): { most: number; mean: number } {
  const unit = rescale / Math.max(...std);
  let [most, sum] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!) / unit;
    most = Math.max(most, d);
    sum += d;
  }
  return { most, mean: sum / a.length };
}

describe("the image processors of transformers.js", () => {
  test("are all here", () => {
    const base = exported["ImageProcessor"]!;
    const classes = Object.entries(exported).flatMap(([name, one]) =>
      typeof one === "function" && (one === base || one.prototype instanceof base) ? [name] : [],
    );
    expect(classes.filter((name) => !cases.some(([one]) => one === name))).toEqual([]);
    const known = classes
      .map((name) => name.replace(/(ImageProcessor|FeatureExtractor)$/, ""))
      .filter((n) => !/^(Image)?$/.test(n));
    for (const family of known) expect(family in families || family in unusable, family).toBe(true);
  });

  it.each(cases)("%s: %j, %s", async (name, said, outcome) => {
    const published = JSON.parse(JSON.stringify({ image_processor_type: name, ...switches, ...said })) as Config;
    if (outcome !== "same") {
      expect(() => read(published)).toThrow(outcome);
      return;
    }
    const config = smaller(published);
    const preprocessing = read(config);
    const { size, resize } = preprocessing;
    const { height, width } = outputSize(preprocessing);
    const own = await ours(preprocessing);
    // Of a picture that needs no resizing: every number.
    const exact = noise(size.height, resize === "stretch" ? size.width : size.width + 37);
    const wanted = await theirs(name, config, exact);
    expect(wanted.dims).toEqual([1, 3, height, width]);
    expect(apart(await own(exact), wanted.data, preprocessing).most).toBeLessThan(1e-2);
    // Of one that does: where things are. sharp resizes without the half pixel, and without smoothing.
    const wide = ramps(120, 150);
    const resized = await theirs(name, config, wide);
    expect(resized.dims).toEqual([1, 3, height, width]);
    expect(apart(await own(wide), resized.data, preprocessing).mean).toBeLessThan(3);
  });
});
