import { fileBeside } from "./model-folder.js";
import { readJsonObject } from "./json-object.js";

/**
 * What the config.json beside a model says; undefined without one.
 * @throws {UserError} if it is no JSON object
 */
export async function configOf(modelPath: string): Promise<Record<string, unknown> | undefined> {
  const file = fileBeside(modelPath, "config.json");
  return file === undefined ? undefined : readJsonObject(file);
}
