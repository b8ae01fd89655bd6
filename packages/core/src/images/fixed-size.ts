import type { Shape } from "@taskhead/autograd";
import { channelsFirst } from "./channels-last.js";
import type { Size } from "./preprocessing.js";

/**
 * The size of images that a model insists on, in pixels; undefined of one that takes several. It takes no other, whatever the files
 * beside it say.
 * @param shape its input's, with channels first or last
 */
export function fixedSize(shape: Shape): Size | undefined {
  const [, , height, width] = channelsFirst(shape);
  return typeof height === "number" && typeof width === "number" ? { height, width } : undefined;
}
