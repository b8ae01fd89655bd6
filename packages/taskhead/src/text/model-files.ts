import { textFiles, type TextFiles } from "@taskhead/core/internals";
import { readJson } from "../files/json-object.js";
import { fileBeside } from "../files/model-folder.js";

/**
 * The JSON files beside a model that say how it takes texts.
 * @throws {UserError} if one of them is broken
 */
export async function textFilesOf(modelPath: string): Promise<TextFiles> {
  const files: Record<string, unknown> = {};
  for (const name of textFiles) {
    const path = fileBeside(modelPath, name);
    if (path !== undefined) files[name] = await readJson(path);
  }
  return files as TextFiles;
}
