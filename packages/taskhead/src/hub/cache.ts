import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { copyFile, link, readdir, readFile, readlink, rm, stat, symlink } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../files/atomic.js";
import { isCommit, isPathWithin, type HubAddress } from "../files/hub-address.js";
import { makeFolder } from "../files/make-folder.js";

/** A file of a repository at a commit, as the hub lists it. */
export const hubFile = z.object({
  path: z.string(),
  size: z.int().min(0),
  /** Of the content: SHA-256 where Git LFS keeps it, else git's own SHA-1 of a blob. It names the blob here. */
  digest: z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/),
});
export type HubFile = z.infer<typeof hubFile>;

const listing = z.array(hubFile.extend({ path: z.string().refine(isPathWithin) }));

/**
 * A repository in the cache that the hub's clients of all languages share:
 *
 *     blobs/<digest>                what a file holds
 *     refs/<branch or tag>          the commit that it was at
 *     snapshots/<commit>/<path>     a link to a blob
 *     .taskhead/<commit>.json       which files the commit has: what is missing is known without the hub
 *
 * Everything appears whole or not at all, so that any number of processes may write it.
 */
export class CachedRepository {
  readonly #folder: string;

  /** @param cache `HF_HUB_CACHE` */
  constructor(cache: string, { kind, name }: Pick<HubAddress, "kind" | "name">) {
    this.#folder = join(cache, `${kind}s--${name.replace("/", "--")}`);
  }

  /** The commit that a branch or tag was at when it was last asked for. */
  async commitOf(revision: string): Promise<string | undefined> {
    const text = await readFile(this.#ref(revision), "utf8").catch(() => "");
    return isCommit(text.trim()) ? text.trim() : undefined;
  }

  keepCommit(revision: string, commit: string): void {
    writeFileAtomic(this.#ref(revision), commit);
  }

  /** The files of a commit; undefined where they were never listed. */
  async files(commit: string): Promise<HubFile[] | undefined> {
    try {
      return listing.parse(JSON.parse(await readFile(this.#listing(commit), "utf8")));
    } catch {
      // Not there, or of no use: it is asked for again.
      return undefined;
    }
  }

  keepFiles(commit: string, files: readonly HubFile[]): void {
    writeFileAtomic(this.#listing(commit), JSON.stringify(files));
  }

  /** The files of a commit that another client has fetched: a link's blob says what it has to hold. */
  async filesPresent(commit: string): Promise<HubFile[]> {
    const root = this.snapshot(commit);
    const names = await readdir(root, { recursive: true }).catch(() => []);
    const found = await Promise.all(
      names.map(async (name) => {
        const digest = basename(await readlink(join(root, name)).catch(() => ""));
        const size = (await stat(join(root, name)).catch(() => undefined))?.size;
        return hubFile.safeParse({ path: name.replaceAll("\\", "/"), size, digest }).data;
      }),
    );
    return found.filter((file) => file !== undefined);
  }

  snapshot(commit: string): string {
    return join(this.#folder, "snapshots", commit);
  }

  blob({ digest }: HubFile): string {
    return join(this.#folder, "blobs", digest);
  }

  /** Whether a file is there, and holds what it has to; what holds something else is removed. */
  async has(commit: string, file: HubFile): Promise<"whole" | "damaged" | "missing"> {
    const path = join(this.snapshot(commit), file.path);
    if (existsSync(path) && (await holds(path, file))) return "whole";
    const blob = this.blob(file);
    const there = existsSync(path) || existsSync(blob);
    const usable = existsSync(blob) && (await holds(blob, file));
    await rm(path, { force: true });
    if (usable) {
      await this.place(commit, file);
      return "whole";
    }
    await rm(blob, { force: true });
    return there ? "damaged" : "missing";
  }

  /** Makes a blob that is there the file of a commit. */
  async place(commit: string, file: HubFile): Promise<void> {
    const path = join(this.snapshot(commit), file.path);
    const blob = this.blob(file);
    makeFolder(dirname(path));
    // A link to nothing is in the way of another.
    if (!existsSync(path)) await rm(path, { force: true });
    const unless = (otherwise: () => Promise<void>) => async (error: NodeJS.ErrnoException) => {
      // Another process may have been quicker.
      if (error.code !== "EEXIST" || !existsSync(path)) await otherwise();
    };
    // Windows lets not everyone make a link of the first kind, and some file systems have no second.
    await symlink(relative(dirname(path), blob), path).catch(
      unless(() => link(blob, path).catch(unless(() => copyFile(blob, path)))),
    );
  }

  #ref(revision: string): string {
    return join(this.#folder, "refs", ...revision.split("/"));
  }

  #listing(commit: string): string {
    return join(this.#folder, ".taskhead", `${commit}.json`);
  }
}

/** Takes the bytes of a file one after the other, and tells its digest. */
export function digesting({ digest, size }: Pick<HubFile, "digest" | "size">) {
  // git: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
  return digest.length === 64 ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
}

async function holds(path: string, file: HubFile): Promise<boolean> {
  if ((await stat(path)).size !== file.size) return false;
  const hash = digesting(file);
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest("hex") === file.digest;
}
