import type { Model } from "@taskhead/autograd";
import {
  fixedSize,
  imagenet,
  type Normalisation,
  ownRange,
  plainPreprocessing,
  type Preprocessing,
  type PreprocessingOptions,
  outputSize,
  type Size,
  type Triple,
  withOptions,
} from "@taskhead/core/internals";
import type { OpenedFile } from "../../data/kind.js";
import { UserError } from "../../files/errors.js";
import { readJsonObject } from "../../files/json-object.js";
import { fileBeside } from "../../files/model-folder.js";
import { readPreprocessorConfig } from "./processor-file.js";
import { timmPreprocessing } from "./timm.js";

/** How pictures become numbers, and who says so. */
export interface FoundPreprocessing {
  readonly preprocessing: Preprocessing;
  /** Where size, resizing and cropping are from. */
  readonly sizeFrom: string;
  /** Where rescaling, mean and standard deviation are from. */
  readonly normalisationFrom: string;
  /** What nothing says, and is a guess. */
  readonly assumed: readonly ("size" | "normalisation")[];
  /** The normalisations that were measured, where one was chosen by that. */
  readonly tried?: readonly Tried[];
}

/** A normalisation, and how well a head does on the features that it gives. */
export interface Tried extends Normalisation {
  /** The objective's score on samples that the head was not trained on; null where it overflowed. */
  readonly score: number | null;
}

/** The side of images that nothing says the size of, in pixels. */
export const assumedSize = 64;

/**
 * What is asked for wins; then come an earlier export's own graph, the files beside the model or above the `onnx` folder it
 * is in (preprocessor_config.json, processor_config.json, timm's config.json), what the graph shows, and what is usual.
 * @throws {UserError} for a file that cannot be read, or says what is not supported
 */
export async function preprocessingOf(
  path: string,
  file: Pick<OpenedFile, "model" | "unserved">,
  asked: PreprocessingOptions,
): Promise<FoundPreprocessing> {
  const fixed = fixedSize(file.model.graph.inputs[0]?.type?.shape ?? []);
  const base = (await said(path, file, asked.size ?? fixed)) ?? (await guessed(path, file.model));
  const own = outputSize(base.preprocessing);
  // A model of one size takes no other, whatever the files say.
  const other = fixed && (fixed.height !== own.height || fixed.width !== own.width) ? fixed : undefined;
  const size = asked.size ?? other;
  const guessedSize = base.assumed.includes("size");
  return withNormalisation(
    {
      ...base,
      preprocessing: withOptions(base.preprocessing, { size }),
      ...(asked.size !== undefined
        ? { sizeFrom: guessedSize ? "--size" : `--size, else ${base.sizeFrom}`, assumed: without(base.assumed, "size") }
        : other
          ? { sizeFrom: "the model's fixed size", assumed: without(base.assumed, "size") }
          : {}),
    },
    asked,
    file.unserved !== undefined,
  );
}

function without<T>(all: readonly T[], one: T): T[] {
  return all.filter((each) => each !== one);
}

/** Of mean and standard deviation that one alone is given of, the other is nothing where nothing else is known. */
function withNormalisation(
  base: FoundPreprocessing,
  { mean, std }: PreprocessingOptions,
  exported: boolean,
): FoundPreprocessing {
  if (!mean && !std) return base;
  if (exported)
    throw new UserError(
      `the model is an earlier export, which normalises by itself; leave ${[mean && "--mean", std && "--std"].filter(Boolean).join(" and ")} out`,
    );
  const { preprocessing, assumed, normalisationFrom } = base;
  const guess = assumed.includes("normalisation");
  const [first, second]: [Triple, Triple] = guess
    ? [
        [0, 0, 0],
        [1, 1, 1],
      ]
    : [preprocessing.mean, preprocessing.std];
  const flags = [mean && "--mean", std && "--std"].filter(Boolean).join(" and ");
  return {
    ...base,
    // Both in units of pixels / 255; one alone in those of the file that the other is from.
    preprocessing: {
      ...preprocessing,
      mean: mean ?? first,
      std: std ?? second,
      ...((mean && std) || guess ? { rescale: 1 / 255 } : {}),
    },
    normalisationFrom: (mean && std) || guess ? flags : `${flags}, else ${normalisationFrom}`,
    assumed: without(assumed, "normalisation"),
  };
}

async function said(
  path: string,
  { unserved }: Pick<OpenedFile, "unserved">,
  size: number | Size | undefined,
): Promise<FoundPreprocessing | undefined> {
  const all = (preprocessing: Preprocessing, from: string): FoundPreprocessing => ({
    preprocessing,
    sizeFrom: from,
    normalisationFrom: from,
    assumed: [],
  });
  if (unserved)
    return all({ ...unserved.geometry, rescale: 1, mean: [0, 0, 0], std: [1, 1, 1] }, "the export's own graph");
  const processor = fileBeside(path, "preprocessor_config.json");
  if (processor) return all(await readPreprocessorConfig(processor, size), "preprocessor_config.json");
  const bundle = fileBeside(path, "processor_config.json");
  if (bundle && "image_processor" in (await readJsonObject(bundle)))
    return all(await readPreprocessorConfig(bundle, size), "processor_config.json");
  const config = fileBeside(path, "config.json");
  if (!config) return undefined;
  const timm = timmPreprocessing(await readJsonObject(config), (reason) => new UserError(`${config}: ${reason}`));
  return timm && all(timm, "config.json (timm's pretrained_cfg)");
}

/** What the graph shows, and what is usual. */
async function guessed(path: string, model: Model): Promise<FoundPreprocessing> {
  const size = await configuredSize(path);
  const range = ownRange(model);
  const plain = plainPreprocessing(size ?? assumedSize);
  const normalisation = range
    ? { rescale: range === "0..255" ? 1 : 1 / 255 }
    : { mean: imagenet.mean, std: imagenet.std };
  return {
    preprocessing: { ...plain, ...normalisation },
    sizeFrom: size === undefined ? "assumed: nothing says it" : "config.json (image_size)",
    normalisationFrom: range
      ? `the graph, which normalises ${range} by itself`
      : "ImageNet's, assumed: nothing beside the model says it",
    assumed: [...(size === undefined ? (["size"] as const) : []), ...(range ? [] : (["normalisation"] as const))],
  };
}

/** The image size in a config.json of transformers. */
async function configuredSize(path: string): Promise<number | undefined> {
  const config = fileBeside(path, "config.json");
  const size = config && (await readJsonObject(config))["image_size"];
  return typeof size === "number" && Number.isInteger(size) && size > 0 ? size : undefined;
}
