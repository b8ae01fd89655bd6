import type { Samples } from "../data/samples.js";
import type { Backbone } from "./backbone.js";

/** @throws {Error} unless what the samples feed is what the backbone takes, judged by the first. */
export async function requireFit({ inputs }: Backbone, samples: Samples): Promise<void> {
  if (samples.count === 0) throw new Error("there are no samples; give at least one");
  const feeds = await samples.feeds([0]);
  for (const { name, dtype, shape } of inputs) {
    const tensor = feeds[name];
    if (!tensor) throw new Error(`the samples feed ${list(Object.keys(feeds))}, but the backbone takes '${name}' too`);
    const fits =
      tensor.type === dtype &&
      tensor.dims.length === shape.length &&
      shape.every((d, i) => i === 0 || typeof d !== "number" || d === tensor.dims[i]);
    if (!fits)
      throw new Error(
        `the samples feed '${name}' as ${tensor.type} [${tensor.dims.join(", ")}], but the backbone takes ${dtype} [${shape.join(", ")}]`,
      );
  }
}

function list(names: readonly string[]): string {
  return names.length > 0 ? names.map((name) => `'${name}'`).join(", ") : "nothing";
}
