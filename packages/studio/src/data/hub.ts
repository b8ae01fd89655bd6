import { cardName, UserError } from "taskhead/inputs";
import { textFiles } from "@taskhead/core/internals";
import { besideIn, modelPlaces, placeBeside, processorFiles } from "./model-files.js";
import type { PlacedFile } from "./placed-file.js";

/** How much of a file has come, in bytes; `total` is 0 where nobody says it. */
export type OnFetched = (file: string, done: number, total: number) => void;

/** As much as a zip may come to, and an ONNX file can be. */
const mostBytes = 2 ** 31;

/**
 * Fetches the files of a model of the hub that say what it takes, and what taskhead exported, its ONNX file, and the files in which
 * that keeps weights.
 * @param id `organisation/model`
 * @param base the hub's address
 * @param signal stops it
 * @throws {UserError} if there is no such model, it has no ONNX file, lacks one of its files, or is too large
 */
export async function fetchModel(
  id: string,
  base: string,
  onFetched: OnFetched = () => undefined,
  signal?: AbortSignal,
): Promise<PlacedFile[]> {
  if (!/^[\w.-]+\/[\w.-]+$/.test(id) || id.includes(".."))
    throw new UserError(`'${id}' is no model's id; give one as on the hub, such as Xenova/all-MiniLM-L6-v2`);
  const found: PlacedFile[] = [];
  let left = mostBytes;
  const get = async (name: string): Promise<Blob | undefined> => {
    const place = name.split("/").map(encodeURIComponent).join("/");
    const file = await fetched(`${base}/${id}/resolve/main/${place}`, left, {
      onBytes: (done, total) => onFetched(name, done, total),
      signal,
    });
    if (file) found.push({ path: `${id}/${name}`, file });
    left -= file?.size ?? 0;
    return file;
  };
  if (!(await get("config.json")))
    throw new UserError(`${base} has no model '${id}' with a config.json; look its id up there`);
  for (const name of [...textFiles, ...processorFiles, cardName]) if (name !== "config.json") await get(name);
  for (const name of modelPlaces) {
    const model = await get(name);
    if (!model) continue;
    for (const beside of besideIn(new Uint8Array(await model.arrayBuffer()))) {
      const place = placeBeside(name, beside);
      if (!(await get(place)))
        throw new UserError(
          `${id} has no ${place}, in which ${name} keeps weights; take a model that has all its files`,
        );
    }
    return found;
  }
  throw new UserError(
    `${id} has no ${modelPlaces.join(" and no ")}; take a model with ONNX files, as those for transformers.js have`,
  );
}

interface Fetching {
  onBytes(done: number, total: number): void;
  readonly signal: AbortSignal | undefined;
}

/** A file's content; undefined if it is not there. @param most bytes that it may have */
async function fetched(url: string, most: number, { onBytes, signal }: Fetching): Promise<Blob | undefined> {
  const failed = (error: unknown): never => {
    signal?.throwIfAborted();
    throw new UserError(
      `${url} cannot be fetched (${(error as Error).message}); try again, or give the model's folder`,
    );
  };
  const asked: RequestInit = { credentials: "omit", referrerPolicy: "no-referrer", ...(signal ? { signal } : {}) };
  const response = await fetch(url, asked).catch(failed);
  // The hub says 401 of models that are not there, or not for everyone.
  if ([401, 403, 404].includes(response.status)) return undefined;
  if (!response.ok || !response.body) return failed(new Error(`status ${response.status}`));
  const total = Number(response.headers.get("content-length") ?? 0);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const reader = response.body.getReader();
  for (let done = 0; ;) {
    const piece = await reader.read().catch(failed);
    if (piece.done) return new Blob(pieces);
    pieces.push(piece.value);
    onBytes((done += piece.value.length), total);
    if (Math.max(done, total) > most) {
      await reader.cancel();
      throw new UserError(`${url} makes the model larger than 2 GB, which a tab does not take; take a smaller one`);
    }
  }
}
