import { type Interpolation, type Preprocessing, squareSize } from "@taskhead/core/internals";
import { z } from "zod";
import type { Refuse } from "./fields.js";

const triple = z.tuple([z.number(), z.number(), z.number()]);
const side = z.number().int().positive();

/** What timm keeps of how a network was pretrained; what is left out is as in its `resolve_data_config`. */
const schema = z.object({
  input_size: z.tuple([side, side, side]).default([3, 224, 224]),
  interpolation: z.string().default("bicubic"),
  mean: triple.default([0.485, 0.456, 0.406]),
  std: triple.refine((values) => values.every((v) => v > 0), "all must be above 0").default([0.229, 0.224, 0.225]),
  crop_pct: z
    .number()
    .positive()
    .max(1)
    .nullish()
    .transform((v) => v ?? 0.875),
  crop_mode: z
    .string()
    .nullish()
    .transform((v) => v ?? "center"),
});

const filters: Record<string, Interpolation> = { nearest: "nearest", bilinear: "bilinear", bicubic: "bicubic" };

/**
 * What timm's evaluation does with a picture, from its `pretrained_cfg`, or from a config.json that is one.
 * @returns undefined for a file that is not timm's
 */
export function timmPreprocessing(
  config: Readonly<Record<string, unknown>>,
  refuse: Refuse,
): Preprocessing | undefined {
  const inner = config["pretrained_cfg"];
  const flat = Array.isArray(config["input_size"]) && Array.isArray(config["mean"]);
  const own = typeof inner === "object" && inner !== null ? inner : flat ? config : undefined;
  if (!own) return undefined;
  const parsed = schema.safeParse(own);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    const where = own === config ? path : ["pretrained_cfg", ...path];
    throw refuse(`'${where.join(".")}' is not as expected (${message}); restore the file that came with the model`);
  }
  const { input_size, interpolation: filter, mean, std, crop_pct, crop_mode } = parsed.data;
  const [channels, height, width] = input_size;
  if (channels !== 3) throw refuse(`'input_size' has ${channels} channels where images have three; give another model`);
  const interpolation = Object.hasOwn(filters, filter) ? filters[filter] : undefined;
  if (!interpolation)
    throw refuse(`'interpolation' ${filter} is not supported; set it to nearest, bilinear or bicubic`);
  const squash = crop_mode === "squash";
  if (!squash && crop_mode !== "center")
    throw refuse(`'crop_mode' ${crop_mode} is not supported; set it to center or squash`);
  if (!squash && height !== width)
    throw refuse(
      `'input_size' ${height}×${width} is not square, which is supported with 'crop_mode' squash only; give a model of square images`,
    );
  const crop = { height, width };
  const size = { height: Math.floor(height / crop_pct), width: Math.floor(width / crop_pct) };
  return {
    ...(squash
      ? { size, resize: "stretch" as const }
      : { size: squareSize(size.height), resize: "shortest-edge" as const }),
    crop,
    interpolation,
    rescale: 1 / 255,
    mean,
    std,
  };
}
