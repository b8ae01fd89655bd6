import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../files/errors.js";
import { addressText, isCommit, isPathWithin, type HubAddress } from "../files/hub-address.js";
import { makeFolder } from "../files/make-folder.js";
import { concurrently } from "../data/concurrently.js";
import { significant } from "../words/format.js";
import { CachedRepository, hubFile, type HubFile } from "./cache.js";
import { download } from "./download.js";
import { named, type Hub } from "./hub.js";

/** Downloads at once. */
const sideBySide = 8;

/** Progress is of interest once something has taken so long, in milliseconds. */
const patience = 2000;

/** More files than anyone trains on; a listing that never ends is one of a broken server. */
const mostFiles = 1_000_000;

/** A repository of the hub at one commit, in the cache as far as it was asked for. */
export class Repository {
  #files: Promise<HubFile[]> | undefined;
  readonly #checked = new Set<string>();

  private constructor(
    private readonly hub: Hub,
    private readonly cache: CachedRepository,
    private readonly address: HubAddress,
    readonly commit: string,
  ) {}

  /**
   * Finds the commit of an address: once, as a branch may move.
   * @param pinned the commit that a run has begun with
   * @throws {UserError} if there is no such repository or revision
   */
  static async open(hub: Hub, address: HubAddress, pinned?: string): Promise<Repository> {
    const cache = new CachedRepository(hub.cache, address);
    const { revision } = address;
    const known = pinned ?? (isCommit(revision) ? revision : undefined);
    if (known !== undefined) return new Repository(hub, cache, address, known);
    if (hub.settings.offline) {
      const commit = await cache.commitOf(revision);
      if (commit === undefined) throw notInCache(hub, address);
      return new Repository(hub, cache, address, commit);
    }
    const commit = await hub.commitOf(address);
    cache.keepCommit(revision, commit);
    return new Repository(hub, cache, address, commit);
  }

  /** The folder of the commit's files. */
  get folder(): string {
    return this.cache.snapshot(this.commit);
  }

  /** An address of this repository at its commit. */
  pinned(path = this.address.path): string {
    return addressText({ name: this.address.name, revision: this.commit, path });
  }

  /** All files of the commit. @throws {UserError} if the hub lists what cannot be a file of a repository */
  files(): Promise<HubFile[]> {
    this.#files ??= this.#listed();
    return this.#files;
  }

  async #listed(): Promise<HubFile[]> {
    const known = await this.cache.files(this.commit);
    if (known) return known;
    if (this.hub.settings.offline) {
      const present = await this.cache.filesPresent(this.commit);
      if (present.length > 0) return present;
      throw notInCache(this.hub, this.address, this.commit);
    }
    const { kind, name } = this.address;
    const listed = await this.hub.call({ ...this.address, revision: this.commit }, async (access) => {
      const found: HubFile[] = [];
      const asked = { repo: { type: kind, name }, revision: this.commit, recursive: true, ...access };
      for await (const { type, path, size, oid, lfs } of this.hub.client.listFiles(asked)) {
        if (type === "directory") continue;
        const file = hubFile.safeParse({ path, size: lfs?.size ?? size, digest: lfs?.oid ?? oid });
        if (!file.success || !isPathWithin(file.data.path) || found.length === mostFiles)
          throw new UserError(
            `${this.pinned("")} lists '${String(path).slice(0, 100)}', which cannot be a file of a repository; tell its owner, or give another repository`,
          );
        found.push(file.data);
      }
      return found;
    });
    this.cache.keepFiles(this.commit, listed);
    return listed;
  }

  /**
   * Sees to it that files are in the cache, and hold what the hub lists.
   * @throws {UserError} if one cannot be had
   */
  async fetch(files: readonly HubFile[]): Promise<void> {
    const { signal, onProgress } = this.hub.listener;
    const wanted = files.filter(({ path }) => !this.#checked.has(path));
    const missing: HubFile[] = [];
    await concurrently(
      wanted,
      sideBySide,
      async (file) => {
        const found = await this.cache.has(this.commit, file);
        if (found !== "whole") missing.push(file);
        if (found === "damaged")
          onProgress?.({
            kind: "message",
            text: `${this.pinned(file.path)} is damaged in the cache`,
            damaged: true,
          });
      },
      signal,
    );
    if (missing.length > 0) {
      if (this.hub.settings.offline) throw notInCache(this.hub, this.address, this.commit, missing[0]!.path);
      await this.#download(missing);
    }
    for (const { path } of wanted) this.#checked.add(path);
  }

  async #download(files: readonly HubFile[]): Promise<void> {
    const { onProgress, signal } = this.hub.listener;
    const total = files.reduce((sum, { size }) => sum + size, 0);
    await this.#requireRoom(total);
    const task = `fetching ${this.address.name}`;
    onProgress?.({
      kind: "message",
      text: `fetches ${files.length === 1 ? files[0]!.path : `${files.length} files`} of ${named(this.address)}, ${sizeInWords(total)}`,
    });
    const begun = performance.now();
    let done = 0;
    let shown = false;
    const onBytes = (count: number): void => {
      done += count;
      if (performance.now() - begun < patience) return;
      shown = true;
      onProgress?.({
        kind: "progress",
        task,
        done: Math.round(done / 1e6),
        total: Math.max(1, Math.round(total / 1e6)),
        unit: "MB",
      });
    };
    try {
      await concurrently(
        files,
        sideBySide,
        async (file) => {
          const path = this.cache.blob(file);
          await download(this.hub, { repository: this.address, commit: this.commit, file, path, onBytes });
          await this.cache.place(this.commit, file);
        },
        signal,
      );
    } finally {
      if (shown) onProgress?.({ kind: "end", task });
    }
  }

  async #requireRoom(bytes: number): Promise<void> {
    makeFolder(this.folder);
    const { bavail, bsize, blocks } = await statfs(this.folder);
    // Some network drives do not say how large they are.
    if (blocks === 0 || bytes <= bavail * bsize) return;
    throw new UserError(
      `${named(this.address)} takes ${sizeInWords(bytes)}, and ${this.hub.cache} has room for ${sizeInWords(bavail * bsize)}; free some space, or set HF_HUB_CACHE to another folder`,
    );
  }

  /** Where a file or folder of the repository is on this machine. */
  place(path: string): string {
    return path === "" ? this.folder : join(this.folder, ...path.split("/"));
  }
}

/** "90.4 MB" */
export function sizeInWords(bytes: number): string {
  const [unit, name] = bytes < 1e6 ? [1e3, "kB"] : bytes < 1e9 ? [1e6, "MB"] : [1e9, "GB"];
  return `${significant(bytes / unit, 3)} ${name}`;
}

function notInCache(hub: Hub, address: HubAddress, commit?: string, path?: string): UserError {
  const what = path === undefined ? named(address) : `${path} of ${named(address)}`;
  const at = commit === undefined ? ` at revision '${address.revision}'` : ` at commit ${commit}`;
  return new UserError(
    `${what}${at} is not in the cache (${hub.cache}), and HF_HUB_OFFLINE forbids to fetch it; unset HF_HUB_OFFLINE once, or give what is there`,
  );
}
