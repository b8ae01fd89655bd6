import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A server that speaks what @huggingface/hub asks of the hub: revisions, trees in pages, files and ranges of them, large ones
 * by a redirect to another host, and commits with files of Git LFS, in one piece or in parts. What it keeps is in memory.
 */

export type Files = Readonly<Record<string, string | Uint8Array>>;

type Kind = "model" | "dataset";

interface Repository {
  private: boolean;
  gated: boolean;
  commits: Map<string, Map<string, Buffer>>;
  branches: Map<string, string>;
}

/** One that the tests know; nothing else may see it. */
export const token = "hf_secretOfTheTests";

const lfsAbove = 1000;
const page = 3;

export class HubServer {
  readonly repositories = new Map<string, Repository>();
  /** What was asked, in order: `GET /api/models/…`. */
  readonly asked: string[] = [];
  /** What other hosts than the hub were told of who asks. */
  readonly leaked: string[] = [];
  /** Bytes of Git LFS by their SHA-256. */
  readonly large = new Map<string, Buffer>();
  /** Parts of large files that are uploaded; one piece unless set. */
  chunk: number | undefined;
  /** Changes an answer before it is sent: to a file that is damaged, or a listing that lies. */
  spoil: {
    file?: (path: string, bytes: Buffer) => Buffer;
    tree?: (entries: object[]) => object[];
    /** Breaks the connection in the middle of the next files. */
    breaks?: number;
    /** Answers with a page for people, as a proxy does. */
    portal?: boolean;
    /** Answers the next requests with this. */
    status?: { code: number; times: number };
  } = {};

  private constructor(
    readonly url: string,
    private readonly elsewhere: string,
    readonly close: () => Promise<void>,
  ) {}

  static async start(): Promise<HubServer> {
    let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};
    const server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    // The same server under another name is another host to a client.
    const hub = new HubServer(`http://127.0.0.1:${port}`, `http://localhost:${port}`, close);
    answer = (request, response) => void hub.#answer(request, response);
    return hub;
  }

  /** Commits files to a branch; the hub's other files stay. @returns the commit */
  add(
    kind: Kind,
    name: string,
    files: Files,
    { branch = "main", ...about }: { branch?: string; private?: boolean; gated?: boolean } = {},
  ): string {
    const key = `${kind}s/${name}`;
    const repository = this.repositories.get(key) ?? {
      private: false,
      gated: false,
      commits: new Map<string, Map<string, Buffer>>(),
      branches: new Map<string, string>(),
    };
    this.repositories.set(key, Object.assign(repository, about));
    const now = repository.commits.get(repository.branches.get(branch) ?? repository.branches.get("main") ?? "");
    const all = new Map([
      ...(now ?? []),
      ...Object.entries(files).map(([path, content]) => [path, Buffer.from(content)] as const),
    ]);
    return this.#commit(repository, branch, all);
  }

  #commit(repository: Repository, branch: string, files: Map<string, Buffer>): string {
    const sha = hash(
      "sha1",
      [...files].map(([path, bytes]) => path + hash("sha1", bytes)).join() + repository.commits.size,
    );
    repository.commits.set(sha, files);
    repository.branches.set(branch, sha);
    return sha;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const url = new URL(request.url!, this.url);
    const { authorization } = request.headers;
    const json = (status: number, value: unknown, headers: Record<string, string> = {}): void =>
      void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
    this.asked.push(`${request.method} ${url.pathname}`);
    if (request.headers.host?.startsWith("localhost")) {
      if (authorization) this.leaked.push(url.pathname);
      return this.#elsewhere(request, response, url, body);
    }
    if (this.spoil.portal) return void response.writeHead(200, { "content-type": "text/html" }).end("<html>");
    if (this.spoil.status && this.spoil.status.times-- > 0)
      return json(this.spoil.status.code, { error: "not now" }, { "retry-after": "0.01" });
    const known = authorization === undefined ? undefined : authorization === `Bearer ${token}`;
    if (known === false) return json(401, { error: "Invalid credentials in Authorization header" });
    const path = url.pathname.split("/").slice(1).map(decodeURIComponent);
    if (request.method === "POST" && url.pathname === "/api/repos/create") {
      const { name, organization, visibility } = JSON.parse(body.toString()) as Record<string, string>;
      if (!known) return json(401, { error: "Unauthorized" });
      if (organization === "others")
        return json(403, { error: "You don't have the rights to create a model under this namespace" });
      if (this.repositories.has(`models/${organization}/${name}`))
        return json(409, { error: "You already created this model repo" });
      this.add("model", `${organization}/${name}`, { ".gitattributes": "" }, { private: visibility === "private" });
      return json(200, { url: `${this.url}/${organization}/${name}`, id: name });
    }
    const api = path[0] === "api";
    const [first, ...rest] = api ? path.slice(1) : path;
    const kinded = first === "models" || first === "datasets";
    const [kind, org, last, ...action] = kinded ? [first, ...rest] : ["models", first!, ...rest];
    const name = last?.replace(/\.git$/, "");
    const repository = this.repositories.get(`${kind}/${org}/${name}`);
    if (!repository || (repository.private && !known))
      return json(known ? 404 : 401, { error: "Repository not found" }, { "x-error-code": "RepoNotFound" });
    if (repository.gated && api && action[0] !== "revision")
      return json(403, { error: "gated" }, { "x-error-code": "GatedRepo" });
    const [verb, ...others] = action;
    if (!verb) return json(200, { _id: "1", id: `${org}/${name}` });
    const branch = decodeURIComponent(others[0] ?? "");
    const commit = repository.branches.get(branch) ?? (repository.commits.has(branch) ? branch : undefined);
    if (request.method === "POST") return this.#write({ repository, verb, branch, known: known === true, body }, json);
    if (commit === undefined)
      return json(404, { error: `Invalid rev id: ${branch}` }, { "x-error-code": "RevisionNotFound" });
    const files = repository.commits.get(commit)!;
    if (verb === "revision")
      return json(200, {
        _id: "1",
        id: `${org}/${name}`,
        sha: commit,
        private: repository.private,
        gated: repository.gated,
        lastModified: "2026-01-01T00:00:00.000Z",
      });
    if (verb === "tree") {
      const all = this.#tree(files);
      const from = Number(url.searchParams.get("cursor") ?? 0);
      const more = from + page < all.length;
      const next = `${this.url}${url.pathname}?recursive=true&expand=false&cursor=${from + page}`;
      return json(200, all.slice(from, from + page), more ? { link: `<${next}>; rel="next"` } : {});
    }
    const file = others.slice(1).join("/");
    const bytes = files.get(file);
    if (verb !== "resolve" || !bytes)
      return json(404, { error: "Entry not found" }, { "x-error-code": "EntryNotFound" });
    if (bytes.length > lfsAbove) {
      this.large.set(hash("sha256", bytes), bytes);
      return void response
        .writeHead(302, { location: `${this.elsewhere}/lfs/${hash("sha256", bytes)}?name=${encodeURIComponent(file)}` })
        .end();
    }
    this.#send(request, response, this.spoil.file?.(file, bytes) ?? bytes);
  }

  #tree(files: ReadonlyMap<string, Buffer>): object[] {
    const folders = new Set(
      [...files.keys()].flatMap((path) =>
        path
          .split("/")
          .slice(0, -1)
          .map((_, i, words) => words.slice(0, i + 1).join("/")),
      ),
    );
    const entries: object[] = [...folders].map((path) => ({
      type: "directory",
      oid: hash("sha1", path),
      size: 0,
      path,
    }));
    for (const [path, bytes] of files) {
      const lfs = { oid: hash("sha256", bytes), size: bytes.length, pointerSize: 130 };
      const oid = hash("sha1", Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]));
      entries.push({
        type: "file",
        oid,
        size: bytes.length,
        path,
        ...(bytes.length > lfsAbove ? { oid: "0".repeat(40), lfs } : {}),
      });
    }
    return this.spoil.tree?.(entries) ?? entries;
  }

  #send(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    const part = from === undefined ? bytes : bytes.subarray(Number(from), Number(to) + 1);
    const range =
      from === undefined ? {} : { "content-range": `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}` };
    response.writeHead(from === undefined ? 200 : 206, { ...range, "content-length": part.length, etag: '"x"' });
    if ((this.spoil.breaks ?? 0) > 0 && part.length > 1) {
      this.spoil.breaks!--;
      response.write(part.subarray(0, Math.ceil(part.length / 2)), () => setTimeout(() => response.destroy(), 20));
    } else response.end(part);
  }

  /** Where large files are: what is asked there is allowed by its address. */
  #elsewhere(request: IncomingMessage, response: ServerResponse, url: URL, body: Buffer): void {
    const [, what, oid = "", part] = url.pathname.split("/");
    if (request.method === "GET") {
      const bytes = this.large.get(oid)!;
      return this.#send(request, response, this.spoil.file?.(url.searchParams.get("name") ?? "", bytes) ?? bytes);
    }
    if (what === "lfs") this.large.set(oid, body);
    if (what === "part") this.large.set(`${oid}/${part}`, body);
    if (what === "complete") {
      const { parts } = JSON.parse(body.toString()) as { parts: { partNumber: number; etag: string }[] };
      this.large.set(oid, Buffer.concat(parts.map(({ partNumber }) => this.large.get(`${oid}/${partNumber}`)!)));
    }
    response.writeHead(200, { etag: '"part"' }).end();
  }

  #write(
    {
      repository,
      verb,
      branch,
      known,
      body,
    }: { repository: Repository; verb: string; branch: string; known: boolean; body: Buffer },
    json: (status: number, value: unknown) => void,
  ): void {
    if (!known) return json(401, { error: "Unauthorized" });
    if (verb === "branch") {
      if (repository.branches.has(branch)) return json(409, { error: "Reference already exists" });
      repository.branches.set(branch, repository.branches.get("main")!);
      return json(200, {});
    }
    if (verb === "preupload") {
      const { files } = JSON.parse(body.toString()) as { files: { path: string; size: number }[] };
      return json(200, {
        files: files.map(({ path, size }) => ({ path, uploadMode: size > lfsAbove ? "lfs" : "regular" })),
      });
    }
    if (verb === "info") {
      const { objects } = JSON.parse(body.toString()) as { objects: { oid: string; size: number }[] };
      return json(200, {
        transfer: this.chunk ? "multipart" : "basic",
        objects: objects.map((one) => this.#place(one)),
      });
    }
    const lines = body
      .toString()
      .split("\n")
      .map((line) => JSON.parse(line) as { key: string; value: Record<string, string> });
    const files = new Map(repository.commits.get(repository.branches.get(branch)!));
    for (const { key, value } of lines) {
      if (key === "file") files.set(value["path"]!, Buffer.from(value["content"]!, "base64"));
      if (key === "lfsFile") files.set(value["path"]!, this.large.get(value["oid"]!)!);
      if (key === "deletedFile") files.delete(value["path"]!);
    }
    const sha = this.#commit(repository, branch, files);
    json(200, { success: true, commitOid: sha, commitUrl: `${this.url}/commit/${sha}`, hookOutput: "" });
  }

  #place({ oid, size }: { oid: string; size: number }): object {
    if (this.large.has(oid)) return { oid, size };
    if (this.chunk === undefined) return { oid, size, actions: { upload: { href: `${this.elsewhere}/lfs/${oid}` } } };
    const parts = Array.from(
      { length: Math.ceil(size / this.chunk) },
      (_, i) => [String(i + 1).padStart(5, "0"), `${this.elsewhere}/part/${oid}/${i + 1}`] as const,
    );
    const header = { chunk_size: String(this.chunk), ...Object.fromEntries(parts) };
    return { oid, size, actions: { upload: { href: `${this.elsewhere}/complete/${oid}`, header } } };
  }
}

function hash(algorithm: "sha1" | "sha256", content: string | Uint8Array): string {
  return createHash(algorithm).update(content).digest("hex");
}
