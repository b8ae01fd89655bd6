import { joinedBytes } from "../../data/joined-bytes.js";
import type { Weights } from "../../engine/weights.js";
import { DamagedError } from "../errors.js";
import { openJson, openTensors, sealedJson, sealedTensors, type Place } from "./seal.js";

/**
 * Where a job keeps what it has done, so that it can go on later: a folder, a browser's files, a bucket. Keys are words
 * joined by `/`, as in `tau-4/result.json`; `requireKey` says which.
 */
export interface Store {
  /** @returns undefined if nothing is stored under this key */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Whole or not at all: who reads meanwhile, or after a kill, finds the old bytes or the new ones. */
  write(key: string, bytes: Uint8Array): Promise<void>;
  /** As `write`, of bytes in parts, one after another, which are not copied to one first. Where it is left out, they are. */
  writeParts?(key: string, parts: readonly Uint8Array[]): Promise<void>;
  /**
   * As `write`, unless something is stored under this key: of several who do so at once, one is first. Where it is left out, they
   * are not told apart.
   * @returns whether it was
   */
  create?(key: string, bytes: Uint8Array): Promise<boolean>;
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
      create: async (key, bytes) => {
        const isNew = !stored.has(whole(key));
        if (isNew) stored.set(whole(key), new Uint8Array(bytes));
        return isNew;
      },
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
 * A JSON object that `writeJson` stored.
 * @returns undefined if nothing is stored under this key
 * @throws {DamagedError} if it is not as it was written, or of another run or place
 */
export async function readJson<T extends object>(store: Store, key: string): Promise<T | undefined> {
  const bytes = await store.read(key);
  if (!bytes) return undefined;
  return (await openJson(new TextDecoder().decode(bytes), nameOf(store, key), placeOf(store, key))) as T;
}

/** With its seal. Numbers that JSON lacks (NaN, infinite) become null. */
export async function writeJson(store: Store, key: string, value: object): Promise<void> {
  await writeText(store, key, await sealedJson(value, placeOf(store, key)));
}

/** As `writeJson`, unless something is stored there. @returns whether it was */
export async function createJson(store: RunStore, key: string, value: object): Promise<boolean> {
  return store.create(key, new TextEncoder().encode(await sealedJson(value, placeOf(store, key))));
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
 * Weights that `writeTensors` stored.
 * @returns undefined if nothing is stored under this key
 * @throws {DamagedError} if they are not as they were written, or of another run or place
 */
export async function readTensors(store: Store, key: string): Promise<StoredWeights | undefined> {
  const bytes = await store.read(key);
  if (!bytes) return undefined;
  const name = nameOf(store, key);
  const { tensors, metadata } = await openTensors(bytes, name, placeOf(store, key));
  const weights = new Map<string, Float32Array>();
  for (const [tensor, { dtype, data }] of tensors) {
    if (!(data instanceof Float32Array))
      throw new DamagedError(name, `'${tensor}' has elements of type ${dtype}, not of F32`);
    weights.set(tensor, data);
  }
  return { weights, metadata };
}

/** Named weights as a safetensors file with its seal, one axis each. */
export async function writeTensors(
  store: Store,
  key: string,
  weights: Weights,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const entries = [...weights].map(
    ([name, data]) => [name, { dtype: "F32" as const, shape: [data.length], data }] as const,
  );
  await writeParts(store, key, await sealedTensors(new Map(entries), metadata, placeOf(store, key)));
}

function writeParts(store: Store, key: string, parts: readonly Uint8Array[]): Promise<void> {
  return store.writeParts ? store.writeParts(key, parts) : store.write(key, joinedBytes(parts));
}

/** A run's own store: what is written here says so, and what another run wrote is refused. */
export class RunStore implements Store {
  /**
   * @param run undefined to read what any run wrote
   * @param prefix of the keys, where the store is one within the run's
   */
  constructor(
    private readonly store: Store,
    readonly run: string | undefined,
    readonly prefix = "",
  ) {}

  read(key: string): Promise<Uint8Array | undefined> {
    return this.store.read(key);
  }

  write(key: string, bytes: Uint8Array): Promise<void> {
    return this.store.write(key, bytes);
  }

  writeParts(key: string, parts: readonly Uint8Array[]): Promise<void> {
    return writeParts(this.store, key, parts);
  }

  async create(key: string, bytes: Uint8Array): Promise<boolean> {
    if (this.store.create) return this.store.create(key, bytes);
    await this.store.write(key, bytes);
    return true;
  }

  remove(key: string): Promise<void> {
    return this.store.remove(key);
  }

  within(prefix: string): RunStore {
    return new RunStore(this.store.within(prefix), this.run, `${this.prefix}${prefix}/`);
  }

  where(key: string): string {
    return nameOf(this.store, key);
  }
}

function placeOf(store: Store, key: string): Place {
  return store instanceof RunStore ? { run: store.run, key: store.prefix + key } : { key };
}

function nameOf(store: Store, key: string): string {
  return store.where?.(key) ?? key;
}
