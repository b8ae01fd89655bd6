import { existsSync, readFileSync } from "node:fs";
import { DamagedError, weightsFromBytes, type StoredWeights } from "@taskhead/core";
import { UserError } from "../files/errors.js";

export { weightsToBytes } from "@taskhead/core";

/**
 * @returns undefined if there is no such file
 * @throws {UserError} if the file is damaged
 */
export function weightsFromFile(path: string): StoredWeights | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return weightsFromBytes(readFileSync(path), path);
  } catch (error) {
    throw error instanceof DamagedError ? new UserError(error.message) : error;
  }
}
