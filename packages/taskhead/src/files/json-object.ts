import { UserError } from "./errors.js";
import { requireAsExported } from "./exported.js";
import { isObject } from "./is-object.js";
import { readRegular } from "./open-regular.js";

/**
 * @param remedy what helps where it is broken
 * @throws {UserError} if the file is missing, broken, or none of those that it was exported with
 */
export async function readJson(file: string, remedy = "restore the file that came with the model"): Promise<unknown> {
  try {
    const bytes = readRegular(file);
    await requireAsExported(file, bytes);
    // A mark of the byte order, which editors on Windows write, is no part of the JSON.
    return JSON.parse(bytes.toString("utf8").replace(/^\uFEFF/, ""));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} cannot be read as JSON (${(error as Error).message.split("\n")[0]}); ${remedy}`);
  }
}

/** @throws {UserError} if the file is missing or no JSON object */
export async function readJsonObject(file: string): Promise<Record<string, unknown>> {
  const content = await readJson(file);
  if (isObject(content)) return content;
  throw new UserError(
    `${file} is not as expected: no JSON object; restore the file that came with the model, or remove it`,
  );
}
