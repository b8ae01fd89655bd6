import { appendFileSync } from "node:fs";
import { at } from "../files/system-errors.js";

/** Adds to a file. A kill may leave the last record cut short, which readers of such files pass over. */
export function append(path: string, data: string | Uint8Array): void {
  try {
    appendFileSync(path, data);
  } catch (error) {
    throw at(path, error);
  }
}
