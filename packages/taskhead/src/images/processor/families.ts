import type { Fields } from "./fields.js";

/** What a class of image processors does where its file says nothing: the defaults of transformers. */
export interface Family {
  readonly defaults: Partial<Fields>;
  /** What a bare number means as `size`, in old files. Default: the side of a square. */
  readonly number?: "shortest-edge";
}

const standard = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
const imagenet = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };
const clip = {
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
};

const square = (side: number): Pick<Fields, "size"> => ({ size: { height: side, width: side } });
const shortest = (edge: number): Pick<Fields, "size"> => ({ size: { shortest_edge: edge, longest_edge: undefined } });
const cropped = (side: number): Partial<Fields> => ({ do_center_crop: true, crop_size: side });
const bilinear = { resample: 2 };
const bicubic = { resample: 3 };

/** Of a file that names no class, or one that is not known. */
export const unnamed: Family = { defaults: { ...square(224), ...bilinear, ...standard } };

const likeClip: Family = {
  number: "shortest-edge",
  defaults: { ...shortest(224), ...bicubic, ...cropped(224), ...clip },
};
const likeMobileNet: Family = {
  number: "shortest-edge",
  defaults: { ...shortest(256), ...bilinear, ...cropped(224), ...standard },
};
const likeDetr: Family = {
  number: "shortest-edge",
  defaults: { size: { shortest_edge: 800, longest_edge: 1333 }, ...bilinear, ...imagenet },
};
const likeSam: Family = { defaults: { ...square(1024), ...bilinear, ...imagenet } };

/** By the name of the class, without `ImageProcessor` or `FeatureExtractor`, `Fast` or not. */
export const families: Readonly<Record<string, Family>> = {
  Beit: { defaults: { ...square(256), ...bicubic, ...cropped(224), ...standard } },
  Bit: likeClip,
  Blip: { defaults: { ...square(384), ...bicubic, ...clip } },
  CHMv2: { defaults: { ...square(224), ...bilinear, ...imagenet } },
  ChineseCLIP: likeClip,
  CLIP: likeClip,
  ConvNext: {
    number: "shortest-edge",
    defaults: { ...shortest(384), ...bilinear, ...imagenet, crop_pct: 224 / 256 },
  },
  ConditionalDetr: likeDetr,
  DeformableDetr: likeDetr,
  DeiT: { defaults: { ...square(256), ...bicubic, ...cropped(224), ...standard } },
  Detr: likeDetr,
  DINOv3ViT: { defaults: { ...square(224), ...bilinear, ...imagenet } },
  DPT: { defaults: { ...square(384), ...bicubic, ...standard } },
  EfficientNet: { defaults: { ...square(346), resample: 0, crop_size: 289, ...standard, include_top: true } },
  Gemma3: { defaults: { ...square(224), ...bilinear, ...standard } },
  GroundingDino: likeDetr,
  JinaCLIP: { defaults: { size: 224, ...clip } },
  Levit: {
    number: "shortest-edge",
    defaults: { ...shortest(224), ...bicubic, ...cropped(224), ...imagenet },
  },
  Mask2Former: likeDetr,
  MaskFormer: likeDetr,
  MobileNetV1: likeMobileNet,
  MobileNetV2: likeMobileNet,
  MobileNetV3: likeMobileNet,
  MobileNetV4: likeMobileNet,
  MobileViT: {
    number: "shortest-edge",
    defaults: {
      ...shortest(224),
      ...bilinear,
      ...cropped(256),
      ...standard,
      do_normalize: false,
      do_flip_channel_order: true,
    },
  },
  Owlv2: { defaults: { ...square(960), ...bilinear, ...clip, do_pad: true } },
  OwlViT: { defaults: { ...square(768), ...bicubic, crop_size: 768, ...clip } },
  PoolFormer: {
    number: "shortest-edge",
    defaults: { ...shortest(224), ...bicubic, ...cropped(224), ...imagenet, crop_pct: 0.9 },
  },
  Pvt: { defaults: { ...square(224), ...bilinear, ...imagenet } },
  RTDetr: { defaults: { ...square(640), ...bilinear, ...imagenet, do_normalize: false } },
  Sam: { defaults: { size: { longest_edge: 1024 }, ...bilinear, ...imagenet, do_pad: true } },
  Sam2: likeSam,
  Sam3: likeSam,
  Sapiens: { defaults: { size: { height: 1024, width: 768 }, ...bilinear, ...imagenet } },
  Segformer: { defaults: { ...square(512), ...bilinear, ...imagenet } },
  Siglip: { defaults: { ...square(224), ...bicubic, ...standard } },
  ViT: unnamed,
  VitPose: { defaults: { size: { height: 256, width: 192 }, ...bilinear, ...imagenet } },
  Yolos: likeDetr,
};

const varying = "makes images of different sizes";
const tiles = "cuts pictures into tiles, as many as they need";
const flattened = "hands over patches in a row, not images";

/** Classes whose networks do not take one picture as one image of a fixed size, and why. */
export const unusable: Readonly<Record<string, string>> = {
  Donut: varying,
  Gemma4: flattened,
  GLPN: varying,
  Glm46V: flattened,
  Idefics: varying,
  Idefics2: tiles,
  Idefics3: tiles,
  ImageGPT: "makes clusters of colours of the pixels",
  Janus: "pads pictures with a colour of its own",
  Lfm2Vl: tiles,
  LlavaNext: tiles,
  LlavaOnevision: tiles,
  Nougat: varying,
  Perceiver: "crops before it resizes",
  Phi3V: tiles,
  Pixtral: varying,
  Qwen2VL: flattened,
  Qwen2_5_VL: flattened,
  Siglip2: `${flattened} (NaFlex)`,
  SmolVLM: tiles,
  Swin2SR: varying,
  Vilt: varying,
  VitMatte: "adds a trimap as a fourth channel",
  VLM: "pads pictures with a colour of its own",
};
