import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { loadModel } from "@taskhead/autograd";
import {
  channelsFirst,
  type ModelFile,
  plainPreprocessing,
  type Preprocessing,
  type PreprocessingOptions,
  withOptions,
} from "@taskhead/core/internals";
import { readPreprocessorConfig } from "./preprocess-config.js";

/** The file beside a model, or above the `onnx` folder it is in; then what is asked for, which wins. */
export async function preprocessingOf(
  path: string,
  model: ModelFile,
  asked: PreprocessingOptions,
): Promise<Preprocessing> {
  const beside = dirname(path);
  const folders = basename(beside) === "onnx" ? [beside, dirname(beside)] : [beside];
  const file = folders.map((folder) => join(folder, "preprocessor_config.json")).find(existsSync);
  const base = file ? await readPreprocessorConfig(file) : plainPreprocessing(asked.size ?? fixedSize(model) ?? 64);
  return withOptions(base, asked);
}

/** The image size that a model insists on, in pixels. */
function fixedSize({ bytes, external }: ModelFile): { height: number; width: number } | undefined {
  const { graph } = loadModel(bytes, { external });
  const [, , height, width] = channelsFirst(graph.inputs[0]?.type?.shape ?? []);
  return typeof height === "number" && typeof width === "number" ? { height, width } : undefined;
}
