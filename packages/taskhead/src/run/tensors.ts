import type { Weights } from "@taskhead/core";
import { readSafetensors, writeSafetensors } from "../files/safetensors.js";

/** Named weights as a safetensors file, one axis each: their shapes live in the model. */
export function weightsToBytes(weights: Weights, metadata: Record<string, string> = {}): Uint8Array {
  return writeSafetensors(new Map([...weights].map(([name, data]) => [name, { dtype: "F32" as const, shape: [data.length], data }])), metadata);
}

export interface StoredWeights {
  weights: Map<string, Float32Array>;
  metadata: Record<string, string>;
}

/** @throws {UserError} if the bytes are no safetensors file */
export function weightsFromBytes(bytes: Uint8Array, name: string): StoredWeights {
  const { tensors, metadata } = readSafetensors(bytes, name);
  return { weights: new Map([...tensors].map(([key, tensor]) => [key, tensor.data as Float32Array])), metadata };
}
