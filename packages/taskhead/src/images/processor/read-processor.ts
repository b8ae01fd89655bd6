import { type Interpolation, type Preprocessing, type Size, squareSize, type Triple } from "@taskhead/core/internals";
import { isObject } from "../../files/is-object.js";
import { families, unnamed, unusable } from "./families.js";
import { fields, unknownFields, type Fields, type Refuse } from "./fields.js";
import { timmPreprocessing } from "./timm.js";

/**
 * How a Hugging Face `preprocessor_config.json`, or the part of a `processor_config.json` that is one, makes numbers of
 * pictures, as the class that it names does in transformers. A class that is not known is read by its fields, if all of them
 * are.
 * @param fallback images are stretched to this where the file leaves them of different sizes
 * @throws what `refuse` makes, if it asks for something that is not supported, which is named
 */
export function preprocessingIn(
  content: Readonly<Record<string, unknown>>,
  refuse: Refuse,
  fallback?: number | Size,
): Preprocessing {
  const inner = content["image_processor"];
  const config = isObject(inner) ? inner : content;
  return timmPreprocessing(config, refuse) ?? processorPreprocessing(config, refuse, fallback);
}

/** What an image processor of that configuration does. */
export function processorPreprocessing(
  config: Readonly<Record<string, unknown>>,
  refuse: Refuse,
  fallback?: number | Size,
): Preprocessing {
  const parsed = fields.safeParse(config);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw refuse(
      `'${issue.path.join(".")}' is not as expected (${issue.message}); restore the file that came with the model`,
    );
  }
  const kind = parsed.data.image_processor_type ?? parsed.data.feature_extractor_type ?? "";
  const family = kind.replace(/(Fast|Pil)$/, "").replace(/(ImageProcessor|FeatureExtractor)$/, "");
  const reason = Object.hasOwn(unusable, family) ? unusable[family] : undefined;
  if (reason) throw refuse(`${kind} ${reason}, which is not supported; give a model that takes images of one size`);
  const known = Object.hasOwn(families, family) ? families[family] : undefined;
  const strange = unknownFields(config).find((name) => !known || name.startsWith("do_"));
  if (strange !== undefined)
    throw refuse(
      `'${strange}' is not supported${kind && !known ? ` (of a ${kind}, which is not known)` : ""}; remove it if the model was pretrained without, or give another model`,
    );
  const { defaults, number } = known ?? unnamed;
  const given = Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined));
  const c = { ...defaults, ...given } as Fields;
  return interpret(family, c, { number, refuse, fallback });
}

interface Reading {
  /** What a bare number means as `size`. */
  number: "shortest-edge" | undefined;
  refuse: Refuse;
  fallback: number | Size | undefined;
}

/** Pillow's numbers for its filters. */
const filters: Record<number, Interpolation> = { 0: "nearest", 2: "bilinear", 3: "bicubic" };
const otherFilters: Record<number, string> = { 1: "Lanczos", 4: "box", 5: "Hamming" };

function interpret(family: string, c: Fields, reading: Reading): Preprocessing {
  const { refuse } = reading;
  const geometry = geometryOf(family, c, reading);
  const interpolation = interpolationOf(family, c, refuse);
  const { size, crop } = geometry;
  requireNoPadding(c, size, refuse);
  if (crop && (crop.height > size.height || crop.width > size.width))
    throw refuse(
      `'crop_size' ${crop.height}×${crop.width} is larger than 'size' ${size.height}×${size.width}, which would need padding; make it smaller`,
    );
  return {
    ...geometry,
    interpolation,
    rescale: (c.do_rescale ?? true) ? (c.rescale_factor ?? 1 / 255) : 1,
    ...normalisationOf(family, c, refuse),
    ...(c.do_flip_channel_order ? { order: "bgr" as const } : {}),
  };
}

function interpolationOf(family: string, { resample = 2, interpolation }: Fields, refuse: Refuse): Interpolation {
  if (family === "JinaCLIP") {
    const named = interpolation ?? "bicubic";
    if (named === "bicubic" || named === "bilinear") return named;
    throw refuse(`'interpolation' ${named} is not supported; set it to bicubic or bilinear`);
  }
  const filter = filters[resample];
  if (filter) return filter;
  throw refuse(
    `'resample' ${resample}${otherFilters[resample] ? ` (${otherFilters[resample]})` : ""} is not supported; set it to 0 (nearest), 2 (bilinear) or 3 (bicubic)`,
  );
}

function normalisationOf(family: string, c: Fields, refuse: Refuse): Pick<Preprocessing, "mean" | "std"> {
  const { do_normalize: normalise = true } = c;
  // EfficientNet's classifiers divide once more.
  const twice = family === "EfficientNet" && c.include_top === true;
  const mean = normalise ? triple("image_mean", c.image_mean ?? c.mean, refuse) : zeros;
  const std = normalise || twice ? triple("image_std", c.image_std ?? c.std, refuse) : ones;
  // Rescaling with an offset takes 1 off before all that.
  const offset = c.rescale_offset ? 1 : 0;
  const each = (of: (channel: 0 | 1 | 2) => number): Triple => [of(0), of(1), of(2)];
  return {
    mean: each((i) => mean[i] + offset),
    std: each((i) => (normalise ? std[i] : 1) * (twice ? std[i] : 1)),
  };
}

const zeros: Triple = [0, 0, 0];
const ones: Triple = [1, 1, 1];

function triple(name: string, value: number | readonly number[] | undefined, refuse: Refuse): Triple {
  if (typeof value === "number") return [value, value, value];
  const [red, green, blue, ...more] = value ?? [];
  if (red !== undefined && green !== undefined && blue !== undefined && more.length === 0) return [red, green, blue];
  throw refuse(
    `'${name}' has ${value?.length ?? 0} ${value?.length === 1 ? "number, as for grey images," : "numbers"} where images have three channels; give three, or a model of colour images`,
  );
}

/** Padding is nothing where all images have the size already. */
function requireNoPadding(c: Fields, size: Size, refuse: Refuse): void {
  if (!c.do_pad) return;
  const pad = c.pad_size === undefined ? size : squareSize(c.pad_size);
  const divisor = c.size_divisor ?? c.size_divisibility ?? 1;
  const idle = pad.height === size.height && pad.width === size.width;
  if (!idle || size.height % divisor || size.width % divisor)
    throw refuse("'do_pad' is not supported; give a model that was pretrained without it");
}

type Geometry = Pick<Preprocessing, "size" | "resize" | "crop">;

function geometryOf(family: string, c: Fields, { number, refuse, fallback }: Reading): Geometry {
  const crop = c.do_center_crop ? squareSize(c.crop_size ?? 224) : undefined;
  const stretched = (size: number | Size): Geometry => ({
    size: squareSize(size),
    resize: "stretch",
    ...(crop && { crop }),
  });
  const toEdge = (edge: number, cut: Size): Geometry => ({
    size: squareSize(edge),
    resize: "shortest-edge",
    crop: cut,
  });
  const varies = (field: string): Geometry => {
    if (fallback !== undefined) return { size: squareSize(fallback), resize: "stretch" };
    throw refuse(`${field} leaves images of different sizes; give --size, to which they are then stretched`);
  };
  const { size = 224 } = c;
  if (c.do_resize === false) return varies("'do_resize' false");
  if (family === "Owlv2" && c.do_pad) return varies("'do_pad' of an Owlv2ImageProcessor");
  if (c.keep_aspect_ratio) return varies("'keep_aspect_ratio'");
  if (family === "JinaCLIP") return jina(c, size, { stretched, toEdge, varies });

  const square = c.default_to_square ?? number === undefined;
  // What is not known crops only what keeps its proportions.
  const known = Object.hasOwn(families, family) || c.default_to_square !== undefined;
  const edgy = known ? !square : crop !== undefined;
  if (typeof size === "number" && !edgy) return stretched(size);
  if (family === "PoolFormer" && c.crop_pct !== undefined && crop)
    return typeof size === "object" && "height" in size && size.height !== size.width
      ? stretched({ height: Math.trunc(size.height / c.crop_pct), width: Math.trunc(size.width / c.crop_pct) })
      : toEdge(Math.trunc(edgeOf(size) / c.crop_pct), crop);
  if (typeof size === "object" && "height" in size) {
    if (family === "ConvNext")
      throw refuse("'size' has to be {shortest_edge} for a ConvNextImageProcessor; restore the file of the model");
    const multiple = c.ensure_multiple_of ?? 1;
    if (size.height % multiple || size.width % multiple)
      throw refuse(
        `'size' ${size.height}×${size.width} is no multiple of 'ensure_multiple_of' ${multiple}; make it one`,
      );
    return stretched(size);
  }
  const edge = edgeOf(size);
  if (family === "ConvNext")
    return edge >= 384
      ? { size: squareSize(edge), resize: "stretch" }
      : toEdge(Math.trunc(edge / (c.crop_pct ?? 224 / 256)), squareSize(edge));
  const longest = typeof size === "object" ? size.longest_edge : c.max_size;
  if (longest !== undefined) return varies(typeof size === "object" ? "'size.longest_edge'" : "'max_size'");
  if (c.size_divisor ?? c.size_divisibility) return varies("'size_divisor'");
  if (!crop) return varies("'size.shortest_edge' without 'do_center_crop'");
  return toEdge(family === "Levit" ? Math.trunc((256 / 224) * edge) : edge, crop);
}

function edgeOf(size: NonNullable<Fields["size"]>): number {
  if (typeof size === "number") return size;
  return "height" in size ? size.height : "shortest_edge" in size ? size.shortest_edge : size.longest_edge;
}

/** Words of its own: `squash` stretches; `shortest` crops, as CLIP does. */
function jina(
  { resize_mode: mode = "shortest" }: Fields,
  size: NonNullable<Fields["size"]>,
  make: {
    stretched: (size: number | Size) => Geometry;
    toEdge: (edge: number, crop: Size) => Geometry;
    varies: (field: string) => Geometry;
  },
): Geometry {
  const side = edgeOf(size);
  if (mode === "squash") return make.stretched(side);
  if (mode === "shortest") return make.toEdge(side, squareSize(side));
  return make.varies(`'resize_mode' ${mode}`);
}
