import type { Store } from "@taskhead/core";
import { requireKey } from "@taskhead/core/internals";

/**
 * A store in the browser's own files for this page (OPFS), which stay when the tab is closed. A file is written beside the
 * old one and takes its place when it is whole.
 * @param root a folder of them
 */
export function opfsStore(root: FileSystemDirectoryHandle, prefix = ""): Store {
  const place = async (key: string, create: boolean) => {
    const parts = `${prefix}${requireKey(key)}`.split("/");
    let folder = root;
    for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create });
    return { folder, name: parts.at(-1)! };
  };
  const write = async (key: string, parts: readonly Uint8Array[]): Promise<void> => {
    try {
      const { folder, name } = await place(key, true);
      await ("createWritable" in FileSystemFileHandle.prototype ? writeStream : writeBeside)(folder, name, parts);
    } catch (error) {
      throw isFull(error) ? noRoom(bytesOf(parts)) : error;
    }
  };
  return {
    async read(key) {
      try {
        const { folder, name } = await place(key, false);
        const file = await (await folder.getFileHandle(name)).getFile();
        return new Uint8Array(await file.arrayBuffer());
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    write: (key, bytes) => write(key, [bytes]),
    writeParts: write,
    async remove(key) {
      try {
        const { folder, name } = await place(key, false);
        await folder.removeEntry(name);
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    },
    within: (inner) => opfsStore(root, `${prefix}${requireKey(inner)}/`),
    where: (key) => `${prefix}${key}`,
  };
}

/** The browser itself writes beside the old file. */
async function writeStream(
  folder: FileSystemDirectoryHandle,
  name: string,
  parts: readonly Uint8Array[],
): Promise<void> {
  const stream = await (await folder.getFileHandle(name, { create: true })).createWritable();
  for (const part of parts) await stream.write(new Uint8Array(part));
  await stream.close();
}

/** Of a file that was begun beside another, and may be cut short. */
const begun = ".begun";

/** The same where there are no such streams, in Safari before 26: in workers alone, and by a step of its own. */
async function writeBeside(
  folder: FileSystemDirectoryHandle,
  name: string,
  parts: readonly Uint8Array[],
): Promise<void> {
  const beside = `${name}${begun}`;
  try {
    const file = (await folder.getFileHandle(beside, { create: true })) as WorkerFile;
    const access = await file.createSyncAccessHandle();
    try {
      access.truncate(0);
      let at = 0;
      for (const part of parts) at += access.write(new Uint8Array(part), { at });
      if (at < bytesOf(parts)) throw new DOMException("it was not written whole", "QuotaExceededError");
      access.flush();
    } finally {
      access.close();
    }
    await file.move(folder, name);
  } catch (error) {
    // Where there is no room, what was begun takes some of it.
    await folder.removeEntry(beside).catch(() => undefined);
    throw error;
  }
}

/** What workers have, and TypeScript's types of pages have not. */
interface WorkerFile extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<{
    truncate(bytes: number): void;
    write(bytes: Uint8Array, options: { at: number }): number;
    flush(): void;
    close(): void;
  }>;
  move(to: FileSystemDirectoryHandle, name: string): Promise<void>;
}

/** All keys below a folder, each with its bytes. */
export async function filesIn(
  root: FileSystemDirectoryHandle,
  path: readonly string[],
): Promise<Map<string, Uint8Array>> {
  let folder = root;
  for (const part of path) folder = await folder.getDirectoryHandle(part);
  const files = new Map<string, Uint8Array>();
  const walk = async (at: FileSystemDirectoryHandle, before: string): Promise<void> => {
    for await (const [name, handle] of at.entries()) {
      if (handle.kind === "directory") await walk(handle as FileSystemDirectoryHandle, `${before}${name}/`);
      else if (!name.endsWith(begun)) {
        const file = await (handle as FileSystemFileHandle).getFile();
        files.set(`${before}${name}`, new Uint8Array(await file.arrayBuffer()));
      }
    }
  };
  await walk(folder, "");
  return files;
}

function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === "QuotaExceededError";
}

/**
 * Before what is kept makes room for as many bytes: what the browser allows the page in all says whether they will ever fit.
 * @throws {Error} if they will not
 */
export async function requireRoom(bytes: number): Promise<void> {
  const { quota = Infinity } = await navigator.storage.estimate();
  if (bytes > quota) throw noRoom(bytes);
}

function noRoom(bytes: number): Error {
  const size = bytes < 1e5 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  return new Error(
    `the browser has no room left for what this page keeps (${size} more); free some on the disk, or give less`,
  );
}

function bytesOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function isMissing(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "NotFoundError" || error.name === "TypeMismatchError");
}
