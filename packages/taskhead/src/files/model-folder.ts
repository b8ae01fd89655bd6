import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UserError } from "./errors.js";

/**
 * The model of a folder laid out as on the Hugging Face hub: `onnx/model.onnx`, or `model.onnx`, or the only .onnx file.
 * @param path anything else than a folder is returned as it is
 * @throws {UserError} one line, if the folder holds none, several, or copies in other precisions alone
 */
export function modelFileIn(path: string): string {
  if (!isFolder(path)) return path;
  const found = ["onnx/", ""].flatMap((inner) => onnxFiles(join(path, inner)).map((name) => inner + name));
  return join(
    path,
    chosenModel(found, path, (name) => join(path, name)),
  );
}

/** What a model is called that is to be taken, the first that is there. */
const usualNames = ["onnx/model.onnx", "model.onnx"];

/**
 * The model among the .onnx files of a folder or a repository.
 * @param found their paths in it
 * @param place what it is called
 * @param named how one of them is given
 * @throws {UserError} one line, if there are none, several, or copies in other precisions alone
 */
export function chosenModel(found: readonly string[], place: string, named: (name: string) => string): string {
  const usual = usualNames.find((name) => found.includes(name));
  if (usual !== undefined) return usual;
  const whole = found.filter((name) => !otherPrecision.test(name));
  if (whole.length === 1) return whole[0]!;
  if (whole.length > 1)
    throw new UserError(
      `${place} holds several models (${listed(whole)}); give the path of one of them, as ${named(whole[0]!)}`,
    );
  if (found.length > 0) {
    const half = found.find((name) => name.endsWith("_fp16.onnx"));
    const instead = half ? `, or give ${named(half)} itself, whose rounded weights then train as float32` : "";
    throw new UserError(
      `${place} holds only quantised or half-precision models (${listed(found)}); put the float32 model.onnx into it${instead}`,
    );
  }
  throw new UserError(
    `${place} holds no .onnx file, neither in itself nor in onnx/; give a folder with onnx/model.onnx, or the path of an .onnx file`,
  );
}

/** A file of a model's configuration: beside it, or above an `onnx` folder that it is in. */
export function fileBeside(modelPath: string, name: string): string | undefined {
  const beside = dirname(modelPath);
  const folders = basename(beside) === "onnx" ? [beside, dirname(beside)] : [beside];
  return folders.map((folder) => join(folder, name)).find(existsSync);
}

/** As transformers.js and Optimum name the copies that they make. */
const otherPrecision = /_(quantized|fp16|int8|uint8|q4|q4f16|q8|bnb4|quint8\w*|qint8\w*)\.onnx$|_quantized_\w*\.onnx$/;

/** Of many files only the first are named. */
const mostNamed = 4;

function listed(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return [...names.slice(0, mostNamed), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

function onnxFiles(folder: string): string[] {
  return isFolder(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".onnx"))
        .sort()
    : [];
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
