import { join } from "node:path";
import { parseOptions, type TuneOptions } from "../src/options/options.js";

/**
 * Options of a short run on the striped images of `root`/data with the backbone `root`/tiny.onnx.
 * @param out its folder in `root`
 */
export function tuneOptions(root: string, out: string, given: Record<string, unknown> = {}): TuneOptions {
  return parseOptions(join(root, "data"), {
    backbone: join(root, "tiny.onnx"),
    size: "16",
    batch: "8",
    probeLr: "auto",
    lr: "0.01",
    momentum: "0.9",
    smoothing: "0",
    seed: "0",
    threads: "1",
    memory: "64",
    cache: join(root, "cache"),
    out: join(root, out),
    json: true,
    verbose: false,
    ...given,
  });
}
