import { readFile, stat } from "node:fs/promises";
import type { Store } from "@taskhead/core";
import { writeFileAtomic, writePiecesAtomic } from "../files/atomic.js";
import { UserError } from "../files/errors.js";
import { checkedPieces, piecesOf, sha256OfFile } from "../files/pieces.js";
import { sha256 } from "../files/sha256.js";

/** What is written to a store, piece by piece, and again where it has to be tried again. */
export interface Content {
  readonly bytes: number;
  readonly sha256: string;
  pieces(): AsyncIterable<Uint8Array>;
}

/** A store that takes and gives what it keeps piece by piece, so that memory does not grow with it. */
export interface PiecewiseStore extends Store {
  /** Whole or not at all, as `write` does it. */
  writePieces(key: string, content: Content): Promise<void>;
  /** @returns undefined if nothing is stored under this key */
  readPieces(key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** A store that keeps all in memory. */
export interface BoundedStore extends Store {
  /** @throws {UserError} if a file of so many bytes is too large for it */
  requireSmall(path: string, bytes: number): void;
}

function isPiecewise(store: Store): store is PiecewiseStore {
  return "writePieces" in store && "readPieces" in store;
}

/**
 * Puts a file into a store.
 * @param hash its SHA-256
 * @param signal ends it, with its own reason, between two pieces
 * @throws {UserError} if it is another by now, or the store takes none that is so large
 */
export async function putFile(
  store: Store,
  key: string,
  path: string,
  hash: string,
  signal?: AbortSignal,
): Promise<void> {
  const { size } = await stat(path);
  if ("requireSmall" in store) (store as BoundedStore).requireSmall(path, size);
  const changed = (): Error => new UserError(`${path} changed while it was put into the store; begin the sweep again`);
  if (isPiecewise(store)) {
    try {
      const pieces = (): AsyncIterable<Uint8Array> => checkedPieces(piecesOf(path, signal), hash, changed);
      return await store.writePieces(key, { bytes: size, sha256: hash, pieces });
    } catch (error) {
      signal?.throwIfAborted();
      // The other side compares hashes too, and may refuse it first.
      throw (await sha256OfFile(path)) === hash ? error : changed();
    }
  }
  const bytes = await readFile(path);
  if (sha256(bytes) !== hash) throw changed();
  await store.write(key, bytes);
}

/**
 * Fetches a file from a store: to be there whole, with the hash that it should have, or not at all.
 * @throws {UserError} if the store has it not, or other bytes
 */
export async function fetchFile(store: Store, key: string, path: string, hash: string): Promise<void> {
  const where = store.where?.(key) ?? key;
  if (isPiecewise(store)) {
    const pieces = await store.readPieces(key);
    if (!pieces) throw missing(where);
    return writePiecesAtomic(
      path,
      checkedPieces(pieces, hash, () => damaged(where)),
    );
  }
  writeFileAtomic(path, await readChecked(store, key, hash));
}

/** What is small, likewise. @throws {UserError} if the store has it not, or other bytes */
export async function readChecked(store: Store, key: string, hash: string): Promise<Uint8Array> {
  const where = store.where?.(key) ?? key;
  const bytes = await store.read(key);
  if (!bytes) throw missing(where);
  if (sha256(bytes) !== hash) throw damaged(where);
  return bytes;
}

function missing(where: string): UserError {
  return new UserError(`${where} is missing: the sweep's data or model is not in this --store; give it the sweep's`);
}

function damaged(where: string): UserError {
  return new UserError(`${where} is damaged: its SHA-256 is another; delete it and begin the sweep again`);
}
