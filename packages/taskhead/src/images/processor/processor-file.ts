import type { Preprocessing, Size } from "@taskhead/core/internals";
import { UserError } from "../../files/errors.js";
import { readJsonObject } from "../../files/json-object.js";
import { preprocessingIn } from "./read-processor.js";

/**
 * Reads a `preprocessor_config.json`, as `preprocessingIn` says.
 * @throws {UserError} if the file is missing or broken, or asks for something that is not supported, which is named
 */
export async function readPreprocessorConfig(file: string, fallback?: number | Size): Promise<Preprocessing> {
  return preprocessingIn(await readJsonObject(file), (reason) => new UserError(`${file}: ${reason}`), fallback);
}
