import { existsSync } from "node:fs";
import type { Weights } from "@taskhead/core";
import { encodeSafetensors, readSafetensors } from "../files/safetensors.js";

/** Named weights as a safetensors file, one axis each: their shapes live in the model. */
export function weightsToBytes(weights: Weights, metadata: Record<string, string> = {}): Uint8Array {
  const entries = [...weights].map(
    ([name, data]) => [name, { dtype: "F32" as const, shape: [data.length], data }] as const,
  );
  return encodeSafetensors(new Map(entries), metadata);
}

export interface StoredWeights {
  weights: Map<string, Float32Array>;
  metadata: Record<string, string>;
}

/**
 * @returns undefined if there is no such file
 * @throws {UserError} if the file is damaged
 */
export function weightsFromFile(path: string): StoredWeights | undefined {
  if (!existsSync(path)) return undefined;
  const { tensors, metadata } = readSafetensors(path);
  return { weights: new Map([...tensors].map(([name, tensor]) => [name, tensor.data as Float32Array])), metadata };
}
