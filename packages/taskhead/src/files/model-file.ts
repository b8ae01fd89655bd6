import { readFile } from "node:fs/promises";
import { UserError } from "./errors.js";

/** @throws {UserError} if there is no such file */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
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
