import { z } from "zod";
import type { UserError } from "../../files/errors.js";

/** Makes the error that names the file. */
export type Refuse = (reason: string) => UserError;

const side = z.number().int().positive();
const sides = z.object({ height: side, width: side });
const numbers = z.union([z.number(), z.array(z.number())]);
const divisors = numbers.refine((v) => [v].flat().every((one) => one > 0), "all must be above 0");

/** null is as good as nothing. */
const may = <T extends z.ZodType>(type: T) => type.nullish().transform((v) => v ?? undefined);
/** null is off, as for a program that asks whether it is true. */
const flag = z
  .boolean()
  .nullish()
  .transform((v) => (v === null ? false : v));
/** null is on, as nothing is. */
const usually = may(z.boolean());

/** The fields of a preprocessor_config.json that say how pictures become numbers. */
export const fields = z.looseObject({
  image_processor_type: may(z.string()),
  feature_extractor_type: may(z.string()),
  do_resize: usually,
  size: may(
    z.union([
      side,
      sides,
      z.object({ shortest_edge: side, longest_edge: may(side) }),
      z.object({ longest_edge: side }),
      z.tuple([side, side]).transform(([height, width]) => ({ height, width })),
    ]),
  ),
  image_size: may(z.unknown()),
  resample: may(z.number().int()),
  default_to_square: flag,
  do_center_crop: flag,
  crop_size: may(z.union([side, sides])),
  crop_pct: may(z.number().positive().max(1)),
  do_rescale: usually,
  rescale_factor: may(z.number().positive()),
  rescale_offset: flag,
  do_normalize: flag,
  image_mean: may(numbers),
  image_std: may(divisors),
  mean: may(numbers),
  std: may(divisors),
  include_top: usually,
  do_flip_channel_order: flag,
  do_pad: flag,
  pad_size: may(z.union([side, sides])),
  size_divisor: may(side),
  size_divisibility: may(side),
  keep_aspect_ratio: flag,
  ensure_multiple_of: may(side),
  max_size: may(side),
  resize_mode: may(z.string()),
  interpolation: may(z.string()),
});

export type Fields = z.infer<typeof fields>;

/** Fields that change nothing of the pictures: about labels, annotations, or how a program works. */
const idle = new Set(
  (
    "processor_class _processor_class do_convert_rgb do_reduce_labels reduce_labels do_convert_annotations " +
    "data_format input_data_format return_tensors device disable_grouping _valid_processor_keys num_channels " +
    "ignore_index num_labels format image_seq_length fill_color transformers_version " +
    "do_sample_frames"
  ).split(" "),
);

/** Fields that `fields` and `idle` do not know, and what is set in them. */
export function unknownFields(config: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(config).flatMap(([name, value]) =>
    value === null || value === undefined || value === false || name in fields.shape || idle.has(name) ? [] : [name],
  );
}
