import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import type { Store } from "@taskhead/core";
import { z } from "zod";
import { concurrently } from "../../data/concurrently.js";
import { besideModels } from "../../files/beside-models.js";
import { UserError } from "../../files/errors.js";
import { externalNamesOf } from "../../files/model-inputs.js";
import { sha256OfFile } from "../../files/pieces.js";
import { sha256 } from "../../files/sha256.js";
import { fetchFile, putFile, readChecked } from "../../store/large-files.js";
import { filesOfSamples } from "./sample-files.js";

/**
 * Data and models go to workers through the store: each file once, under its SHA-256, and a list of those that belong
 * together, under that of the list. What is fetched is compared with both, so that a worker has what the sweep had, or nothing.
 *
 *     files/<sha256>        what a file holds
 *     files/<sha256>.json   { "<path>": "<sha256>", … }
 */
const listKey = (hash: string): string => `files/${hash}.json`;
const fileKey = (hash: string): string => `files/${hash}`;

/** Files under way at a time: a store far away answers each only after a while. */
const atOnce = 8;

/** Of something in a folder, never outside of it. */
function isWithin(path: string): boolean {
  return !isAbsolute(path) && !/[\\\0]/.test(path) && path.split("/").every((word) => !["", ".", ".."].includes(word));
}

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const safePath = z.string().refine(isWithin, "is no path within a folder");
const list = z.record(safePath, hash);

/** Where a file or folder is to be found: in a list, or in the folder that is the store. */
export const placedFile = z.union([
  z.strictObject({ list: hash, path: safePath }),
  z.strictObject({ inStore: safePath }),
]);
export type PlacedFile = z.infer<typeof placedFile>;

/** What lies within the folder of the store stays there. @param folder of the store, if it is one */
export function withinFolder(folder: string | undefined, path: string): PlacedFile | undefined {
  if (folder === undefined) return undefined;
  const key = relative(folder, path).replaceAll("\\", "/");
  return isWithin(key) ? { inStore: key } : undefined;
}

/**
 * Puts samples into the store, unless they are there: a file, all of a folder, archives, or a table with the images that it names.
 * @param images whether the samples are
 * @returns under their own name
 */
export async function putSamples(
  store: Store,
  path: string,
  images = false,
  signal?: AbortSignal,
): Promise<PlacedFile> {
  const { root, paths, path: own } = await filesOfSamples(path, images);
  return { list: await putAll(store, root, paths, signal), path: own };
}

/** Puts a model into the store, with the weights that it keeps beside itself and the files that say how it is fed. */
export async function putModel(store: Store, path: string, signal?: AbortSignal): Promise<PlacedFile> {
  const beside = dirname(path);
  const root = basename(beside) === "onnx" ? dirname(beside) : beside;
  // Others were refused when the sweep opened it.
  const external = externalNamesOf(path).filter(isWithin);
  const folders = [...new Set([beside, root])];
  const files = [
    path,
    ...external.map((name) => join(beside, name)),
    ...folders.flatMap((folder) => besideModels.map((name) => join(folder, name))).filter((file) => existsSync(file)),
  ];
  const paths = [...new Set(files)].map((file) => relative(root, file).replaceAll("\\", "/"));
  return { list: await putAll(store, root, paths, signal), path: relative(root, path).replaceAll("\\", "/") };
}

async function putAll(store: Store, root: string, paths: readonly string[], signal?: AbortSignal): Promise<string> {
  const hashes: [path: string, hash: string][] = [];
  for (const path of paths.toSorted()) hashes.push([path, await sha256OfFile(join(root, path))]);
  const text = JSON.stringify(Object.fromEntries(hashes));
  const name = sha256(text);
  if (await store.read(listKey(name))) return name;
  // Copies of one file once.
  const contents = new Map(hashes.map(([path, content]) => [content, path]));
  const put = ([content, path]: [string, string]): Promise<void> =>
    putFile(store, fileKey(content), join(root, path), content, signal);
  await concurrently([...contents], atOnce, put, signal);
  // Last: its presence says that all of them are there.
  await store.write(listKey(name), new TextEncoder().encode(text));
  return name;
}

/** Fetches files of the store, each list once, into a folder of this machine. */
export class FetchedFiles {
  readonly #known = new Map<string, Promise<string>>();

  /** @param cache folder of this machine @param folder of the store, if it is one */
  constructor(
    private readonly store: Store,
    private readonly folder: string | undefined,
    private readonly cache: string,
  ) {}

  /** @returns its path here @throws {UserError} if the store has it not, or other bytes under its hash */
  async path(file: PlacedFile): Promise<string> {
    if ("inStore" in file) {
      if (this.folder !== undefined) return join(this.folder, file.inStore);
      throw new UserError(
        `${file.inStore} is in the sweep's folder, and this worker's --store is none; give it the same --store`,
      );
    }
    let known = this.#known.get(file.list);
    if (!known) {
      known = this.#fetch(file.list);
      this.#known.set(file.list, known);
      // Asked again, it may be there.
      known.catch(() => this.#known.delete(file.list));
    }
    return join(await known, file.path);
  }

  async #fetch(name: string): Promise<string> {
    const place = join(this.cache, "fetched", name);
    if (existsSync(place)) return place;
    const files = list.parse(JSON.parse(new TextDecoder().decode(await readChecked(this.store, listKey(name), name))));
    const temporary = `${place}.${process.pid}.tmp`;
    await rm(temporary, { recursive: true, force: true });
    const fetch = ([path, content]: [string, string]): Promise<void> =>
      fetchFile(this.store, fileKey(content), join(temporary, path), content);
    await concurrently(Object.entries(files), atOnce, fetch);
    try {
      await rename(temporary, place);
    } catch (error) {
      // Another worker of this machine may have been quicker.
      await rm(temporary, { recursive: true, force: true });
      if (!existsSync(place)) throw error;
    }
    return place;
  }
}
