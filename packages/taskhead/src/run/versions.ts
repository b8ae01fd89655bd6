import type { Configuration } from "@taskhead/core/internals";
import sharp from "sharp";
import { packageVersion } from "../files/version.js";
import { decoding } from "../images/decode.js";
import type { Runtime } from "./runtime.js";

/**
 * What computes a result besides the options and the data: other versions may decode, train or round otherwise. Processors do
 * too, in the last bits, but a run may go on elsewhere.
 */
export function versions({ env }: Pick<Runtime, "env">): Configuration {
  return {
    "the version of taskhead": packageVersion(),
    "the version of onnxruntime-node": env.versions.node ?? env.versions.common,
    "the decoding of images": decoding,
    "the version of sharp": `${sharp.versions.sharp}, libvips ${sharp.versions.vips}`,
  };
}
