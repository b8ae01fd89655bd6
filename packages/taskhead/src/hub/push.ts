import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Listener } from "../data/listener.js";
import { UserError } from "../files/errors.js";
import { type Card } from "../files/as-exported.js";
import { readCard, requireAsExported } from "../files/exported.js";
import { isPathWithin } from "../files/hub-address.js";
import { Hub, MissingRevisionError, named, type Access } from "./hub.js";
import { sizeInWords } from "./repository.js";

export interface PushOptions {
  /** `org/name` */
  name: string;
  /** Of a repository that is made; one that is there stays as it is. */
  private: boolean;
  /** A branch, made where it is missing. */
  revision: string;
  message: string;
}

/** What was pushed. */
export interface Pushed {
  url: string;
  commit: string;
  /** Paths in the repository. */
  files: string[];
  /** Of an earlier push, whose model they are. */
  removed: string[];
}

const cardName = "taskhead.json";

/** For people; it is theirs to change, and has no checksum. */
const readme = "README.md";

/**
 * Uploads an exported model, in one commit: the files that its `taskhead.json` lists, that file, and the model card. Nothing else
 * that lies in the folder, and nothing of the run.
 * @param folder of the model
 * @throws {UserError} if it is not as it was exported, or the hub refuses it
 */
export async function pushModel(folder: string, options: PushOptions, listener: Listener): Promise<Pushed> {
  const hub = await Hub.open(listener);
  const { token, offline, endpoint } = hub.settings;
  if (offline) throw new UserError("HF_HUB_OFFLINE forbids to push; unset it");
  if (token === undefined)
    throw new UserError(
      `push wants a token that may write; take one from ${endpoint}/settings/tokens, and set HF_TOKEN in the environment`,
    );
  const files = await filesOf(folder);
  if (!files.includes(readme))
    listener.onProgress?.({ kind: "message", text: `warning: ${folder} has no ${readme}, so there is no model card` });
  const { name, revision, message } = options;
  const repository = { kind: "model", name, revision } as const;
  const repo = { type: "model", name } as const;
  await makeRepository(hub, options);
  const call = <T>(work: (access: Access) => Promise<T>): Promise<T> => hub.call(repository, work, "be written");
  const there = await filesThere(hub, options);
  const removed = there.filter((path) => !files.includes(path));
  const sizes = await Promise.all(files.map(async (path) => (await stat(join(folder, path))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  listener.onProgress?.({
    kind: "message",
    text: `uploads ${files.length} files to ${named(repository)}, ${sizeInWords(total)}`,
  });
  const written = await call((access) =>
    hub.client.commit({
      ...access,
      repo,
      branch: revision,
      title: message,
      operations: [
        ...files.map((path) => ({
          operation: "addOrUpdate" as const,
          path,
          content: pathToFileURL(join(folder, path)),
        })),
        ...removed.map((path) => ({ operation: "delete" as const, path })),
      ],
      useXet: false,
    }),
  );
  const tree = revision === "main" ? "" : `/tree/${encodeURIComponent(revision)}`;
  return { url: `${endpoint}/${name}${tree}`, commit: written?.commit.oid ?? "", files, removed };
}

/** The files of an exported model, as they were exported. */
async function filesOf(folder: string): Promise<string[]> {
  const { checksums = {} } = await readCard(join(folder, cardName));
  const files = Object.keys(checksums);
  for (const path of files) {
    const file = join(folder, path);
    if (!isPathWithin(path) || !existsSync(file))
      throw new UserError(`${file} is missing, and ${cardName} lists it; run the same command again`);
    await requireAsExported(file, await readFile(file));
  }
  return [cardName, ...files, ...(existsSync(join(folder, readme)) ? [readme] : [])];
}

async function makeRepository(hub: Hub, { name, revision, private: hidden }: PushOptions): Promise<void> {
  const repository = { kind: "model", name, revision } as const;
  const repo = { type: "model", name } as const;
  const { endpoint, token } = hub.settings;
  if (!(await hub.call(repository, (access) => hub.client.repoExists({ repo, ...access }))))
    await hub.call(
      repository,
      (access) =>
        hub.client.createRepo({ repo, ...access, accessToken: token!, ...(hidden ? { visibility: "private" } : {}) }),
      "be made",
    );
  else if (hidden) {
    const about = await hub.call(repository, (access) => hub.client.modelInfo({ name, revision: "main", ...access }));
    if (!about.private)
      throw new UserError(
        `${named(repository)} is public already, and --private is for one that is made; change it at ${endpoint}/${name}/settings, or leave --private out`,
      );
  }
  if (revision === "main") return;
  const known = await hub.commitOf({ ...repository, path: "" }).catch((error: unknown) => {
    if (error instanceof MissingRevisionError) return undefined;
    throw error;
  });
  if (known === undefined)
    await hub.call(
      repository,
      (access) => hub.client.createBranch({ repo, branch: revision, ...access }),
      "be written",
    );
}

/** The files of an earlier push, as far as they are still there: copies of another model beside this one would be wrong. */
async function filesThere(hub: Hub, { name, revision }: PushOptions): Promise<string[]> {
  const repository = { kind: "model", name, revision } as const;
  const repo = { type: "model", name } as const;
  // By its commit: the client puts names of branches into addresses as they are, slashes too.
  const at = await hub.commitOf({ ...repository, path: "" });
  return hub.call(repository, async (access) => {
    const card = await hub.client.downloadFile({ repo, path: cardName, revision: at, xet: false, ...access });
    if (!card) return [];
    let checksums: Card["checksums"];
    try {
      ({ checksums } = JSON.parse(await card.text()) as Card);
    } catch {
      // None of ours.
    }
    const there: string[] = [];
    for await (const { type, path } of hub.client.listFiles({ repo, revision: at, recursive: true, ...access }))
      if (type === "file" && Object.hasOwn(checksums ?? {}, path)) there.push(path);
    return there;
  });
}
