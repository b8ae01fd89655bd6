import { readFileSync } from "node:fs";
import { decodeSafetensors, type SafetensorsEntry } from "@taskhead/core/internals";

/** What a reference file holds, by name. */
export type Tensors = ReadonlyMap<string, SafetensorsEntry>;

/** @throws {DamagedError} if the file is not a whole one */
export function readTensors(path: string): Tensors {
  return decodeSafetensors(readFileSync(path), path).tensors;
}

/** @throws {Error} if the file lacks the tensor */
export function entry(tensors: Tensors, name: string): SafetensorsEntry {
  const found = tensors.get(name);
  if (!found) throw new Error(`the file has no '${name}'; it has ${[...tensors.keys()].join(", ")}`);
  return found;
}

/** @throws {Error} if the file lacks the tensor, or it holds no floats */
export function floats(tensors: Tensors, name: string): Float32Array {
  const { data, dtype } = entry(tensors, name);
  if (!(data instanceof Float32Array)) throw new Error(`'${name}' is ${dtype}, not F32`);
  return data;
}

/** @throws {Error} if the file lacks the tensor */
export function integers(tensors: Tensors, name: string): number[] {
  return Array.from(entry(tensors, name).data, Number);
}
