import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UserError } from "../../files/errors.js";
import { isOfSystem } from "../of-system.js";

/**
 * @param wanted what kind of folder is needed, in words
 * @returns its absolute path
 * @throws {UserError} if there is no such folder
 */
export async function requireFolder(dir: string, wanted: string): Promise<string> {
  const root = resolve(dir);
  const info = await stat(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR")
      throw new UserError(`${dir} does not exist; give a folder ${wanted}`);
    throw unreadable(dir, error);
  });
  if (!info.isDirectory()) throw new UserError(`${dir} is a file; give a folder ${wanted}`);
  return root;
}

/** A file or folder in another. */
export interface Entry {
  name: string;
  /** By a dot, or as systems' own are. */
  hidden: boolean;
  folder: boolean;
  /** Neither this nor a folder: a link to nothing, a pipe. */
  file: boolean;
}

/** What a folder holds, links followed, hidden and dangling ones left out. */
export async function entries(dir: string): Promise<Entry[]> {
  return (await allEntries(dir)).filter((e) => !e.hidden && (e.folder || e.file));
}

/** What a folder holds, links followed. @throws {UserError} if it cannot be read */
export async function allEntries(dir: string): Promise<Entry[]> {
  const all = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(dir, error);
  });
  const kinds = await Promise.all(
    all.map((e) => (e.isSymbolicLink() ? stat(join(dir, e.name)).catch(() => undefined) : e)),
  );
  return all.map(({ name }, i) => ({
    name,
    hidden: isOfSystem(name),
    folder: kinds[i]?.isDirectory() ?? false,
    file: kinds[i]?.isFile() ?? false,
  }));
}

function unreadable(path: string, error: NodeJS.ErrnoException): UserError {
  return new UserError(`${path} cannot be read (${error.code ?? error.message}); check its permissions`);
}
