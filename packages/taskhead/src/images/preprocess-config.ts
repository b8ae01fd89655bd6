import { readFile } from "node:fs/promises";
import { type Interpolation, type Preprocessing, squareSize } from "@taskhead/core/internals";
import { z } from "zod";
import { UserError } from "../files/errors.js";
import { requireAsExported } from "../files/exported.js";

/**
 * Reads a Hugging Face `preprocessor_config.json`. What it leaves out is as in transformers' ViTImageProcessor.
 * @throws {UserError} if the file is missing or broken, or asks for something that is not supported, which is named
 */
export async function readPreprocessorConfig(file: string): Promise<Preprocessing> {
  let content: unknown;
  try {
    const bytes = await readFile(file);
    await requireAsExported(file, bytes);
    content = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${file} cannot be read as JSON (${(error as Error).message.split("\n")[0]}); restore the file that came with the model`,
    );
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new UserError(
      `${file}: '${issue.path.join(".")}' is not as expected (${issue.message}); restore the file that came with the model`,
    );
  }
  return interpret(parsed.data, (reason) => new UserError(`${file}: ${reason}`));
}

const side = z.number().int().positive();
const sides = z.object({ height: side, width: side });
const triple = z.union([
  z.tuple([z.number(), z.number(), z.number()]),
  z.number().transform((v): [number, number, number] => [v, v, v]),
]);
const divisors = triple.refine((values) => values.every((v) => v > 0), "all must be above 0");
const flag = (fallback: boolean) =>
  z
    .boolean()
    .nullish()
    .transform((v) => v ?? fallback);

const schema = z.object({
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
  do_resize: flag(true),
  size: z
    .union([side, sides, z.object({ shortest_edge: side, longest_edge: z.unknown().optional() })])
    .default({ height: 224, width: 224 }),
  resample: z.number().int().nullish(),
  do_center_crop: flag(false),
  crop_size: z.union([side, sides]).nullish(),
  crop_pct: z.number().positive().max(1).nullish(),
  do_rescale: flag(true),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  do_normalize: flag(true),
  image_mean: triple.nullish(),
  image_std: divisors.nullish(),
  do_pad: flag(false),
  do_flip_channel_order: flag(false),
  rescale_offset: flag(false),
});

type Config = z.infer<typeof schema>;

/** Pillow's numbers for its filters. */
const filters: Record<number, Interpolation> = { 0: "nearest", 2: "bilinear", 3: "bicubic" };
const otherFilters: Record<number, string> = { 1: "Lanczos", 4: "box", 5: "Hamming" };

function interpret(c: Config, unsupported: (reason: string) => UserError): Preprocessing {
  if (!c.do_resize)
    throw unsupported(
      "'do_resize' is false, but images of one size are needed; set it to true, and 'size' to what the model takes",
    );
  for (const name of ["do_pad", "do_flip_channel_order", "rescale_offset"] as const)
    if (c[name]) throw unsupported(`'${name}' is not supported; give a model that was pretrained without it`);
  const interpolation = filters[c.resample ?? 2];
  if (!interpolation)
    throw unsupported(
      `'resample' ${c.resample}${otherFilters[c.resample!] ? ` (${otherFilters[c.resample!]})` : ""} is not supported; set it to 0 (nearest), 2 (bilinear) or 3 (bicubic)`,
    );
  const geometry = geometryOf(c, unsupported);
  const { size, crop } = geometry;
  if (crop && (crop.height > size.height || crop.width > size.width))
    throw unsupported(
      `'crop_size' ${crop.height}×${crop.width} is larger than 'size' ${size.height}×${size.width}, which would need padding; make it smaller`,
    );
  return {
    ...geometry,
    interpolation,
    rescale: c.do_rescale ? c.rescale_factor : 1,
    mean: c.do_normalize ? (c.image_mean ?? [0.5, 0.5, 0.5]) : [0, 0, 0],
    std: c.do_normalize ? (c.image_std ?? [0.5, 0.5, 0.5]) : [1, 1, 1],
  };
}

function geometryOf(
  c: Config,
  unsupported: (reason: string) => UserError,
): Pick<Preprocessing, "size" | "resize" | "crop"> {
  const kind = c.image_processor_type ?? c.feature_extractor_type ?? "";
  const crop = c.do_center_crop ? squareSize(c.crop_size ?? 224) : undefined;
  const { size } = c;
  if (typeof size === "object" && "height" in size) return { size, resize: "stretch", ...(crop && { crop }) };
  const edge = typeof size === "number" ? size : size.shortest_edge;
  if (typeof size === "object" && size.longest_edge !== undefined)
    throw unsupported(
      "'size.longest_edge' is not supported; use 'shortest_edge' with a centre crop, or height and width",
    );
  if (kind.startsWith("ConvNext")) {
    // ConvNeXt's own rule: from 384 on stretched, below that resized to size / crop_pct and cropped to size.
    if (edge >= 384) return { size: squareSize(edge), resize: "stretch" };
    return {
      size: squareSize(Math.trunc(edge / (c.crop_pct ?? 224 / 256))),
      resize: "shortest-edge",
      crop: squareSize(edge),
    };
  }
  // A bare number, of old files: the shortest edge for those that crop, but for these two, and a square for the others.
  if (typeof size === "number" && (!crop || /^(DeiT|Beit)/.test(kind)))
    return { size: squareSize(size), resize: "stretch", ...(crop && { crop }) };
  if (!crop)
    throw unsupported(
      "'size.shortest_edge' without 'do_center_crop' gives images of different sizes; set 'do_center_crop' and 'crop_size'",
    );
  return { size: squareSize(edge), resize: "shortest-edge", crop };
}
