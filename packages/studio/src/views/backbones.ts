import { outputSize, plainPreprocessing, usualNormalisations, withOptions, type Size } from "@taskhead/core/internals";
import type { TextFiles } from "@taskhead/core";
import { UserError } from "taskhead/inputs";
import { modelIn, type ModelFolder } from "../data/model-files.js";
import type { PlacedFile } from "../data/placed-file.js";
import type { BackboneChoice } from "../job/project.js";
import embeddedNetwork from "../../../taskhead/assets/demo-backbone.onnx?url";
import embeddedEncoder from "../../../taskhead/assets/demo-encoder/onnx/model.onnx?url";
import encoderConfig from "../../../taskhead/assets/demo-encoder/config.json";
import encoderPooling from "../../../taskhead/assets/demo-encoder/1_Pooling/config.json";
import encoderTokenizer from "../../../taskhead/assets/demo-encoder/tokenizer.json";
import encoderTokenizerConfig from "../../../taskhead/assets/demo-encoder/tokenizer_config.json";

/** A backbone, and its file's bytes. */
export interface ChosenBackbone {
  readonly choice: BackboneChoice;
  readonly files: TextFiles;
  model(): Promise<Uint8Array>;
  /** Of the files in which the model keeps weights, by its own names for them. */
  readonly weights: ReadonlyMap<string, Blob>;
  /** Of pictures, where nothing beside the model says it: what is asked of the reader. */
  readonly asks?: AskedPixels;
  /** The size of pictures that the model insists on, and that which the files beside it say, where it is another. */
  readonly fixed?: { readonly size: Size; readonly insteadOf?: Size };
}

/** How a model takes pictures, as far as it has to be asked. */
export interface AskedPixels {
  /** Of the square, in pixels; of no account where the model insists on a size. */
  readonly side: number;
  /** The place among `usualNormalisations`. */
  readonly normalisation: number;
}

/** Those that come with the page: small, pretrained on drawn shapes and on written requests; none for molecules. */
export const embedded: Readonly<Record<BackboneChoice["kind"], ChosenBackbone | null>> = {
  pictures: {
    choice: { kind: "pictures", name: "the embedded backbone", preprocessing: plainPreprocessing(32) },
    files: {},
    model: () => fetched(embeddedNetwork),
    weights: new Map(),
  },
  texts: {
    choice: { kind: "texts", name: "the embedded encoder" },
    files: {
      "config.json": encoderConfig,
      "tokenizer.json": encoderTokenizer,
      "tokenizer_config.json": encoderTokenizerConfig,
      "1_Pooling/config.json": encoderPooling,
    },
    model: () => fetched(embeddedEncoder),
    weights: new Map(),
  },
  graphs: null,
};

/**
 * The model among files that were given or fetched, for samples of a kind.
 * @param name its id, if it has one
 * @throws {UserError} if there is none, or it lacks what such samples take
 */
export async function backboneIn(
  files: readonly PlacedFile[],
  kind: BackboneChoice["kind"],
  name?: string,
): Promise<ChosenBackbone> {
  const folder = await modelIn(files, name);
  if (kind === "pictures") return ofPictures(folder, { side: 224, normalisation: 0 });
  const { files: beside, weights } = folder;
  if (kind === "graphs")
    return { choice: { kind, name: folder.name }, files: beside, model: () => bytesOf(folder), weights };
  if (!beside["tokenizer.json"])
    throw new UserError(
      `${folder.name} has no tokenizer.json beside its model, and texts take one; give a model's folder, or a zip of it`,
    );
  return { choice: { kind, name: folder.name }, files: beside, model: () => bytesOf(folder), weights };
}

/** A network of pictures, with what was answered of how it takes them. */
export function ofPictures(folder: ModelFolder, asks: AskedPixels): ChosenBackbone {
  const { mean, std } = usualNormalisations[asks.normalisation]!;
  const said = folder.preprocessing;
  const size = folder.fixedSize;
  const base = said ?? withOptions(plainPreprocessing(asks.side), { mean, std });
  const own = said && outputSize(said);
  const other = own && size && (own.height !== size.height || own.width !== size.width) ? { insteadOf: own } : {};
  return {
    choice: { kind: "pictures", name: folder.name, preprocessing: withOptions(base, size ? { size } : {}) },
    files: folder.files,
    model: () => bytesOf(folder),
    weights: folder.weights,
    ...(said ? {} : { asks }),
    ...(size ? { fixed: { size, ...other } } : {}),
  };
}

/** What is chosen, in a sentence or two. */
export function saidOfBackbone({ choice, fixed }: ChosenBackbone): string {
  const chosen = `Chosen: ${choice.name}.`;
  if (choice.kind !== "pictures") return chosen;
  const own = fixed ? ", the model’s fixed size" : "";
  const instead = fixed?.insteadOf ? `, and not of ${inPixels(fixed.insteadOf)} as the files beside it say` : "";
  return `${chosen} It takes pictures of ${inPixels(outputSize(choice.preprocessing))}${own}${instead}.`;
}

/** `32×32 pixels`, width and height. */
function inPixels({ width, height }: Size): string {
  return `${width}×${height} pixels`;
}

async function bytesOf({ model }: ModelFolder): Promise<Uint8Array> {
  return new Uint8Array(await model.arrayBuffer());
}

async function fetched(address: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(address)).arrayBuffer());
}
