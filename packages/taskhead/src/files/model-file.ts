import { readFile, stat } from "node:fs/promises";
import { loadModel, ModelError, type ExternalData, type Model } from "@taskhead/autograd";
import { UserError } from "./errors.js";
import { requireAsExported } from "./exported.js";
import { externalDataOf } from "./external-data.js";
import { inItsPlace } from "./in-its-place.js";
import { sha256 } from "./sha256.js";

/** A model as it was read, of its file and of what that keeps beside itself. */
export interface ReadModel extends Model {
  /** Changes with any byte that was read of either. */
  readonly content: string;
}

/**
 * @throws {UserError} if there is no such file, or it is an exported one that has changed since; {ModelError} with its name if
 * it is no model
 */
export async function openModelFile(path: string): Promise<ReadModel> {
  const bytes = await readModelFile(path);
  const beside = externalDataOf(path);
  const segments = new Set<string>();
  const external: ExternalData = (file, offset, length) => {
    const read = beside(file, offset, length);
    segments.add(JSON.stringify([file, offset, length, sha256(read)]));
    return read;
  };
  const model = ofModel(path, () => loadModel(bytes, { external }));
  const own = sha256(bytes);
  // In an order of their own, whichever was read first.
  return { ...model, content: segments.size === 0 ? own : sha256([own, ...[...segments].sort()].join("\n")) };
}

/** @throws {UserError} if there is no such file, or it is an exported one that has changed since */
export async function readModelFile(path: string): Promise<Uint8Array> {
  const bytes = await wholeFile(path);
  const instead = inItsPlace(bytes);
  if (instead) throw new UserError(`the model ${path} ${instead}`);
  await requireAsExported(path, bytes);
  return bytes;
}

async function wholeFile(path: string): Promise<Uint8Array> {
  try {
    const info = await stat(path);
    // Some devices never end, and a pipe may never begin.
    if (!info.isFile() && !info.isDirectory()) throw new Error("it is not a regular file");
    return await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === "ENOENT"
        ? "there is no such file"
        : code === "EISDIR"
          ? "it is a folder"
          : code === "ERR_FS_FILE_TOO_LARGE"
            ? "it is larger than 2 GiB, which no ONNX file can be (export it with external data)"
            : message;
    throw new UserError(`the model ${path} cannot be read: ${reason}; give the path of an .onnx file`);
  }
}

/** Says of which file it is what is wrong with a model: there may be two, and a folder stands for one in it. */
export function ofModel<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    // The kind of error stays: what is too large is told from what is broken.
    if (error instanceof ModelError) error.message = `${path}: ${error.message}`;
    throw error;
  }
}
