import { closeSync, fstatSync, readSync } from "node:fs";
import { externalNamesIn, inputsIn, type ModelBytes, type ModelInput } from "./model-fields.js";
import { openRegular } from "./open-regular.js";

/** `inputsIn` a file; none where it cannot be read, which is said where it is opened. */
export function inputsOf(path: string): ModelInput[] {
  return reading(path, inputsIn);
}

/** `externalNamesIn` a file; none where it cannot be read. */
export function externalNamesOf(path: string): string[] {
  return reading(path, externalNamesIn);
}

/** Read at once. */
const blockBytes = 2 ** 16;

/** Reads of a file what is asked for, a block at a time: a model may be larger than memory. */
function reading<T>(path: string, work: (model: ModelBytes) => T[]): T[] {
  try {
    const file = openRegular(path);
    const part = (from: number, to: number): Buffer => {
      const bytes = Buffer.alloc(to - from);
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from));
    };
    try {
      return work({ size: fstatSync(file).size, part, from: (place) => part(place, place + blockBytes) });
    } finally {
      closeSync(file);
    }
  } catch {
    return [];
  }
}
