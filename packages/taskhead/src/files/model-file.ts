import { readFile, stat } from "node:fs/promises";
import { ModelError } from "@taskhead/autograd";
import { type ModelFile, remembered } from "@taskhead/core/internals";
import { UserError } from "./errors.js";
import { requireAsExported } from "./exported.js";
import { externalDataOf } from "./external-data.js";
import { inItsPlace } from "./in-its-place.js";
import { sha256 } from "./sha256.js";

/** A model as it was read: the file, and what it keeps beside itself. */
export interface ReadModel extends ModelFile {
  /** Changes with any byte that was read of either; known once the model has been loaded. */
  content(): string;
}

/** @throws {UserError} if there is no such file, or it is an exported one that has changed since */
export async function openModelFile(path: string): Promise<ReadModel> {
  return remembered({ bytes: await readModelFile(path), external: externalDataOf(path) }, sha256);
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
