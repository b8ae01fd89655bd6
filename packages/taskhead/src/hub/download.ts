import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../files/errors.js";
import { addressText, type HubAddress } from "../files/hub-address.js";
import { makeFolder } from "../files/make-folder.js";
import { at } from "../files/system-errors.js";
import { digesting, type HubFile } from "./cache.js";
import type { Access, Hub } from "./hub.js";
import { codeOf } from "./requests.js";

/** How often a broken download goes on where it broke. */
const mostBreaks = 5;

/** A file of a repository at a commit. */
export interface Download {
  readonly repository: Pick<HubAddress, "kind" | "name">;
  readonly commit: string;
  readonly file: HubFile;
  /** Where it is to be. */
  readonly path: string;
  /** Told of bytes as they come. */
  onBytes(count: number): void;
}

/**
 * Downloads a file whole, as the hub's listing says it, or not at all. Not flushed to disk: it is compared again when it is used.
 * @throws {UserError} if it cannot be had, or is not what was listed
 */
export async function download(hub: Hub, asked: Download): Promise<void> {
  const { path, file } = asked;
  const temporary = `${path}.${randomUUID().slice(0, 8)}.incomplete`;
  try {
    makeFolder(dirname(path));
    const out = await open(temporary, "w");
    const hash = digesting(file);
    let have = 0;
    try {
      for await (const part of bytesOf(hub, asked, () => have)) {
        have += part.length;
        if (have > file.size) break;
        hash.update(part);
        await out.writeFile(part);
        asked.onBytes(part.length);
      }
    } finally {
      await out.close();
    }
    const digest = hash.digest("hex");
    if (have !== file.size || digest !== file.digest) throw damaged(asked, have, digest);
    await rename(temporary, path);
  } catch (error) {
    throw at(path, error);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The bytes of a file; a connection that breaks is taken up where it broke. @param have how many were taken */
async function* bytesOf(
  hub: Hub,
  { repository, commit, file }: Download,
  have: () => number,
): AsyncGenerator<Uint8Array> {
  for (let breaks = 0; have() < file.size; breaks++) {
    const before = have();
    try {
      yield* await hub.call({ ...repository, revision: commit }, (access) =>
        streamOf(hub, access, { repository, commit, file }, before),
      );
      return;
    } catch (error) {
      hub.listener.signal?.throwIfAborted();
      // What the hub refuses, it refuses again.
      if (error instanceof UserError) throw error;
      if (breaks === mostBreaks || have() > file.size)
        throw new UserError(
          `the download of ${addressText({ ...repository, revision: commit, path: file.path })} broke off (${codeOf(error)}); run the same command again`,
        );
      if (have() > before) breaks = 0;
      const { signal } = hub.listener;
      await sleep(200 * 2 ** breaks, undefined, signal ? { signal } : {}).catch((stopped: unknown) => {
        throw signal?.reason ?? stopped;
      });
    }
  }
}

/** A response's body from a byte on. */
async function streamOf(
  hub: Hub,
  { fetch: own, ...access }: Access,
  { repository: { kind, name }, commit, file }: Pick<Download, "repository" | "commit" | "file">,
  from: number,
): Promise<AsyncIterable<Uint8Array>> {
  const folder = kind === "dataset" ? "datasets/" : "";
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  // The client tells only the words of an error, and gives what comes from the first byte for what it asked for.
  let [answered, failed]: [() => void, (error: unknown) => void] = [() => {}, () => {}];
  const begun = new Promise<void>((resolve, reject) => ([answered, failed] = [resolve, reject]));
  const noting: typeof fetch = async (...asked) => {
    try {
      const answer = await own(...asked);
      if (!answer.ok) throw new hub.client.HubApiError(answer.url, answer.status);
      if (from > 0 && answer.status !== 206) throw new Error("the server begins anew");
      answered();
      return answer;
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  const blob = await hub.client.downloadFile({
    ...access,
    fetch: noting,
    repo: { type: kind, name },
    path: file.path,
    revision: commit,
    // As it was listed: the client would ask for it again, file by file.
    downloadInfo: {
      size: file.size,
      etag: file.digest,
      url: `${access.hubUrl}/${folder}${name}/resolve/${commit}/${path}`,
    },
    xet: false,
  });
  const stream = blob!.slice(from).stream() as unknown as AsyncIterable<Uint8Array>;
  await begun;
  return stream;
}

function damaged({ repository, commit, file }: Download, bytes: number, digest: string): UserError {
  const what = addressText({ ...repository, revision: commit, path: file.path });
  const remedy = "run the same command again; if it stays so, tell the repository's owner, or give another @revision";
  if (bytes !== file.size)
    return new UserError(
      `${what} came with ${bytes > file.size ? "more" : "fewer"} than the ${file.size} bytes that the hub lists; ${remedy}`,
    );
  const kind = digest.length === 64 ? "SHA-256" : "git hash";
  return new UserError(`${what} came damaged: its ${kind} is ${digest}, and the hub lists ${file.digest}; ${remedy}`);
}
