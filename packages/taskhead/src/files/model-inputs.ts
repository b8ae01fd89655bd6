import { readFileSync } from "node:fs";
import { externalNamesIn, inputsIn, type ModelInput } from "./model-fields.js";

/** `inputsIn` a file; none where it cannot be read, which is said where it is opened. */
export function inputsOf(path: string): ModelInput[] {
  return inputsIn(contentOf(path));
}

/** `externalNamesIn` a file; none where it cannot be read. */
export function externalNamesOf(path: string): string[] {
  return externalNamesIn(contentOf(path));
}

function contentOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    return new Uint8Array();
  }
}
