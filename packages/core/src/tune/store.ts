import type { Weights } from "../engine/weights.js";
import { DamagedError } from "./errors.js";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";

/**
 * Where a job keeps what it has done, so that it can go on later: a folder, a browser's files, a bucket. Keys are words
 * joined by `/`, as in `tau-4/result.json`; `requireKey` says which.
 */
export interface Store {
  /** @returns undefined if nothing is stored under this key */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Whole or not at all: who reads meanwhile, or after a kill, finds the old bytes or the new ones. */
  write(key: string, bytes: Uint8Array): Promise<void>;
  /** No error if nothing is stored. */
  remove(key: string): Promise<void>;
  /** The store of all keys that begin with `prefix/`, which its own leave out. */
  within(prefix: string): Store;
  /** What people know a key under, such as a file's path, for messages. The key itself, where this is left out. */
  where?(key: string): string;
}

/** A store that ends with the program. */
export interface MemoryStore extends Store {
  /** Of all that is stored, sorted. */
  keys(): string[];
}

export function memoryStore(): MemoryStore {
  const stored = new Map<string, Uint8Array>();
  const at = (prefix: string): Store => {
    const whole = (key: string): string => `${prefix}${requireKey(key)}`;
    return {
      read: async (key) => stored.get(whole(key))?.slice(),
      // A copy, here as in reading: the caller may use its bytes again.
      write: async (key, bytes) => void stored.set(whole(key), new Uint8Array(bytes)),
      remove: async (key) => void stored.delete(whole(key)),
      within: (inner) => at(`${whole(inner)}/`),
      where: whole,
    };
  };
  return { ...at(""), keys: () => [...stored.keys()].sort() };
}

/**
 * Keys are one or several words joined by `/`; a word is not empty, `.` or `..`, and has neither `\` nor `:`, so that a
 * key names the same place in every store and none outside of it.
 * @returns the key
 * @throws {Error} for another
 */
export function requireKey(key: string): string {
  const wrong = key.split("/").find((word) => word === "" || word === "." || word === ".." || /[\\:\0]/.test(word));
  if (wrong !== undefined) throw new Error(`'${key}' cannot be a key of a store: '${wrong}' is no part of one`);
  return key;
}

/**
 * @returns undefined if nothing is stored under this key
 * @throws {DamagedError} if it is not JSON
 */
export async function readJson<T>(store: Store, key: string): Promise<T | undefined> {
  const bytes = await store.read(key);
  if (!bytes) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  } catch (error) {
    throw new DamagedError(nameOf(store, key), `not whole JSON (${(error as Error).message.split("\n")[0]})`);
  }
}

/** Numbers that JSON lacks (NaN, infinite) become null. */
export function writeJson(store: Store, key: string, value: unknown): Promise<void> {
  return store.write(key, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
}

export function writeText(store: Store, key: string, text: string): Promise<void> {
  return store.write(key, new TextEncoder().encode(text));
}

export interface StoredWeights {
  /** Flattened: their shapes live in the model. */
  weights: Map<string, Float32Array>;
  metadata: Record<string, string>;
}

/**
 * @returns undefined if nothing is stored under this key
 * @throws {DamagedError} if it is not a whole safetensors file of float32 weights
 */
export async function readTensors(store: Store, key: string): Promise<StoredWeights | undefined> {
  const bytes = await store.read(key);
  return bytes && weightsFromBytes(bytes, nameOf(store, key));
}

/** Named weights as a safetensors file, one axis each. */
export function writeTensors(
  store: Store,
  key: string,
  weights: Weights,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  return store.write(key, weightsToBytes(weights, metadata));
}

/** What `writeTensors` stores. */
export function weightsToBytes(weights: Weights, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const entries = [...weights].map(
    ([name, data]) => [name, { dtype: "F32" as const, shape: [data.length], data }] as const,
  );
  return encodeSafetensors(new Map(entries), metadata);
}

/**
 * Reads what `weightsToBytes` made.
 * @param from where the bytes were, for the error
 * @throws {DamagedError} if it is not a whole safetensors file of float32 weights
 */
export function weightsFromBytes(bytes: Uint8Array, from: string): StoredWeights {
  const { tensors, metadata } = decodeSafetensors(bytes, from);
  const weights = new Map<string, Float32Array>();
  for (const [name, { dtype, data }] of tensors) {
    if (!(data instanceof Float32Array))
      throw new DamagedError(from, `'${name}' has elements of type ${dtype}, not of F32`);
    weights.set(name, data);
  }
  return { weights, metadata };
}

function nameOf(store: Store, key: string): string {
  return store.where?.(key) ?? key;
}
