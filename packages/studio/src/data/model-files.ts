import { leadsOutside } from "@taskhead/autograd";
import {
  cardIn,
  cardName,
  externalNamesIn,
  inItsPlace,
  inMemory,
  inputsIn,
  preprocessingIn,
  requireUnchanged,
  UserError,
} from "taskhead/inputs";
import type { TextFiles } from "@taskhead/core";
import { fixedSize, textFiles, type Preprocessing, type Size } from "@taskhead/core/internals";
import { isHidden, partsOf, type PlacedFile } from "./placed-file.js";

/** A model's folder, as the hub lays it out. */
export interface ModelFolder {
  /** The folder's name, which may say whose model it is. */
  readonly name: string;
  readonly model: Blob;
  /** Of the files in which it keeps weights: their content, by the model's own names for them. */
  readonly weights: ReadonlyMap<string, Blob>;
  /** Its JSON files that say how it takes texts or pictures. */
  readonly files: TextFiles;
  /** How it takes pictures, as what lies beside it says; null where nothing does. */
  readonly preprocessing: Preprocessing | null;
  /** The size of pictures that it insists on, whatever that says; null of one that takes several, or no pictures. */
  readonly fixedSize: Size | null;
}

/** Where models lie in their folders, the first that is there. */
export const modelPlaces = ["onnx/model.onnx", "model.onnx"] as const;

/** What says how pictures become numbers, the first that is there. */
export const processorFiles = ["preprocessor_config.json", "processor_config.json"] as const;

/**
 * The model among what was given: `onnx/model.onnx`, `model.onnx` or the only .onnx file, and the files beside it, of weights
 * and of JSON.
 * @throws {UserError} if there is none, or several may be it, or a file beside it is broken or not there, or of a model that
 * taskhead exported is not what it exported
 */
export async function modelIn(files: readonly PlacedFile[], name?: string): Promise<ModelFolder> {
  const byPath = new Map(files.filter((file) => !isHidden(file)).map((file) => [partsOf(file).join("/"), file.file]));
  const onnx = [...byPath.keys()].filter((path) => path.endsWith(".onnx"));
  const usual = modelPlaces.flatMap((place) => onnx.filter((path) => path === place || path.endsWith(`/${place}`)));
  const path = usual[0] ?? (onnx.length === 1 ? onnx[0] : undefined);
  if (path === undefined)
    throw new UserError(
      onnx.length === 0
        ? `there is no .onnx file${byPath.size > 0 ? ` in what was given (it has ${[...byPath.keys()].slice(0, 3).join(", ")})` : ""}; give a model's folder with onnx/model.onnx in it`
        : `there are several models (${onnx.slice(0, 4).join(", ")}); give the folder of one, with onnx/model.onnx in it`,
    );
  const root = path.replace(/(onnx\/)?[^/]*$/, "");
  const asExported = await exportedIn(root, byPath);
  await asExported(path);
  const json = async (beside: string): Promise<unknown> => {
    const place = [root, path.replace(/[^/]*$/, "")]
      .map((folder) => `${folder}${beside}`)
      .find((one) => byPath.has(one));
    if (place === undefined) return undefined;
    await asExported(place);
    return parsed(await byPath.get(place)!.text(), beside);
  };
  const model = byPath.get(path)!;
  const bytes = new Uint8Array(await model.arrayBuffer());
  const size = fixedSize(inputsIn(inMemory(bytes))[0]?.shape ?? []);
  const found: Record<string, unknown> = {};
  for (const one of textFiles) {
    const content = await json(one);
    if (content !== undefined) found[one] = content;
  }
  let preprocessing: Preprocessing | null = null;
  for (const one of processorFiles) {
    const content = await json(one);
    if (content === undefined || preprocessing) continue;
    preprocessing = preprocessingIn(
      Object(content) as Record<string, unknown>,
      (why) => new UserError(`${one}: ${why}`),
      size,
    );
  }
  const folder = root.split("/").at(-2);
  const weights = weightsOf(path, bytes, byPath);
  return {
    name: name ?? folder ?? path,
    model,
    weights,
    files: found as TextFiles,
    preprocessing,
    fixedSize: size ?? null,
  };
}

/** What compares files, by their paths, with what the `taskhead.json` of their model says of them; of others it says nothing. */
async function exportedIn(root: string, byPath: ReadonlyMap<string, Blob>): Promise<(path: string) => Promise<void>> {
  const card = byPath.get(`${root}${cardName}`);
  if (!card) return async () => undefined;
  const remedy = "give the folder as it was exported";
  const known = await cardIn(await card.text(), `${root}${cardName}`, remedy);
  return async (file) => {
    const bytes = new Uint8Array(await byPath.get(file)!.arrayBuffer());
    await requireUnchanged(known, file.slice(root.length), { file, bytes }, remedy);
  };
}

/** @throws {UserError} if one of the files is not there, or something else lies in the model's place */
function weightsOf(path: string, bytes: Uint8Array, byPath: ReadonlyMap<string, Blob>): ReadonlyMap<string, Blob> {
  const instead = inItsPlace(bytes);
  if (instead) throw new UserError(`the model ${path} ${instead}`);
  const weights = new Map<string, Blob>();
  for (const name of besideIn(bytes)) {
    const place = placeBeside(path, name);
    const file = byPath.get(place);
    if (!file)
      throw new UserError(`${path} keeps weights in ${place}, which is not there; give the model's whole folder`);
    weights.set(name, file);
  }
  return weights;
}

/** The files in which a model keeps weights, by its own names for them; names that lead out of its folder are refused by who loads it. */
export function besideIn(model: Uint8Array): string[] {
  return externalNamesIn(inMemory(model)).filter((name) => !leadsOutside(name));
}

/** Where a file lies that a model names. @param model the model's own path */
export function placeBeside(model: string, name: string): string {
  const parts = [...model.split("/").slice(0, -1), ...name.split(/[/\\]/)];
  return parts.filter((part) => part !== "" && part !== ".").join("/");
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw new UserError(`${name} is no JSON; restore the file that came with the model`);
  }
}
