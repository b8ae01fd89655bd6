import { join } from "node:path";
import type { Store } from "@taskhead/core";
import {
  type Configuration,
  DamagedError,
  probedKey,
  readJson,
  RunStore,
  runOf,
  UnsealedError,
} from "@taskhead/core/internals";
import { readJson as readPlain } from "../files/json-object.js";
import { UserError } from "../files/errors.js";
import { folderStore } from "../store/folder-store.js";
import { picturesKey, sidesKey } from "./run-folder.js";

/** What helps where a file of results is not as it was. */
const remedy = "run the same command again, which writes it anew, or with a new --out";

/** What no version wrote without a checksum. */
const alwaysSealed = new Set([picturesKey, probedKey, sidesKey]);

/** What a folder belongs to is written once: nothing goes on in it where that is lost. */
const remedyOfRun = "run the command again with a new --out";

/**
 * The results in a run's folder, as they were written there. What earlier versions wrote has no checksum, and is taken as it
 * is.
 * @returns undefined if there are none
 * @throws {UserError} if they are damaged, or those of another run
 */
export function readResults(folder: string): Promise<object | undefined> {
  return readOfRun(folder, "results.json");
}

/** Likewise what probing alone found: results without a run. */
export function readProbed(folder: string): Promise<object | undefined> {
  return readOfRun(folder, probedKey);
}

/** Likewise which samples the run has seen. */
export function readSides(folder: string): Promise<object | undefined> {
  return readOfRun(folder, sidesKey);
}

/** Likewise the pictures of the run's gallery. */
export function readPictures(folder: string): Promise<object | undefined> {
  return readOfRun(folder, picturesKey);
}

async function readOfRun(folder: string, key: string): Promise<object | undefined> {
  const configuration = await readRunConfiguration(folder);
  const run = configuration && (await runOf(configuration));
  return read(new RunStore(folderStore(folder), run), folder, key);
}

/**
 * What a run's folder was asked for.
 * @returns undefined if it has no `run.json`
 * @throws {UserError} if that is damaged
 */
export async function readRunConfiguration(folder: string): Promise<Configuration | undefined> {
  const found = (await read(folderStore(folder), folder, "run.json")) as { configuration?: Configuration } | undefined;
  return found && (found.configuration ?? {});
}

async function read(store: Store, folder: string, key: string): Promise<object | undefined> {
  try {
    return await readJson<object>(store, key);
  } catch (error) {
    if (error instanceof UnsealedError && !alwaysSealed.has(key))
      return Object(await readPlain(join(folder, key), remedy)) as object;
    if (!(error instanceof DamagedError)) throw error;
    throw new UserError(`${error.key}: ${error.reason}; ${key === "run.json" ? remedyOfRun : remedy}`, {
      cause: error,
    });
  }
}
