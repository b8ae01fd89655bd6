import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore, type Store } from "@taskhead/core";
import { readJson } from "@taskhead/core/internals";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../files/errors.js";
import { hasRedis, startRedis } from "../../../../scripts/redis-server.js";
import { putFile } from "./large-files.js";
import { cacheStore } from "./cache-store.js";
import { folderStore } from "./folder-store.js";
import { connectRedis } from "./redis-client.js";
import { redisStore } from "./redis-store.js";
import { openS3 } from "./s3-store.js";

const root = mkdtempSync(join(tmpdir(), "taskhead-store-"));
afterAll(() => rmSync(root, { recursive: true }));
let made = 0;
const folder = (): string => join(root, String(made++), "run");

/** A bucket as S3 answers for one, without its checks of who asks; `npm run check:queue` has a server that others made. */
const objects = new Map<string, Buffer>();
const server = createServer(({ method, url, headers }, answer) => {
  const parts: Buffer[] = [];
  answer.req.on("data", (part: Buffer) => parts.push(part));
  answer.req.on("end", () => {
    const signed = headers.authorization?.startsWith("AWS4-HMAC-SHA256 Credential=id/");
    if (!signed || !url!.startsWith("/bucket/")) {
      answer.writeHead(404).end("<Error><Code>NoSuchBucket</Code></Error>");
      return;
    }
    const found = objects.get(url!);
    if (method === "PUT") objects.set(url!, Buffer.concat(parts));
    if (method === "DELETE") objects.delete(url!);
    answer.writeHead(method === "GET" && !found ? 404 : method === "DELETE" ? 204 : 200).end(found);
  });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => void server.close());
const inS3 = (bucket: string): Promise<Store> =>
  openS3(new URL(`s3://${bucket}/some/where`), {
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "s3cret",
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
const bucket = await inS3("bucket");

const redis = hasRedis ? await startRedis(root) : undefined;
const client = redis && (await connectRedis("--store", `redis://127.0.0.1:${redis.port}`));
afterAll(() => (client?.disconnect(), redis?.stop()));
if (!redis) console.log("skipped: a store in Redis, as there is no redis-server");

describe.each<[name: string, make: () => Store]>([
  ["in memory", memoryStore],
  ["in a folder", () => folderStore(folder())],
  ["in S3", () => bucket.within(`store ${made++}`)],
  ...(client
    ? [["in Redis", () => redisStore(client, "redis://***@host", `${made++}:`)] as [string, () => Store]]
    : []),
])("a store %s", (_, make) => {
  it("gives back what was written last, as plain bytes", async () => {
    const store = make();
    await store.write("deep/in/it.bin", Uint8Array.of(1, 2, 3));
    expect(await store.read("deep/in/it.bin")).toEqual(Uint8Array.of(1, 2, 3));
    await store.write("deep/in/it.bin", Uint8Array.of(4));
    const read = await store.read("deep/in/it.bin");
    expect(read).toEqual(Uint8Array.of(4));
    expect(Object.getPrototypeOf(read)).toBe(Uint8Array.prototype);
    await store.write("empty", new Uint8Array());
    expect(await store.read("empty")).toEqual(new Uint8Array());
  });

  it("has nothing under another key, nor under the beginning of one", async () => {
    const store = make();
    expect(await store.read("a")).toBeUndefined();
    await store.write("a/b", Uint8Array.of(1));
    expect(await store.read("a/c")).toBeUndefined();
    expect(await store.read("a/b/c")).toBeUndefined();
  });

  it("lets one of several be first, where it can tell", async () => {
    const store = make();
    if (!store.create) return;
    const first = await Promise.all([1, 2, 3].map((n) => store.create!("deep/one", Uint8Array.of(n))));
    expect(first.filter(Boolean)).toHaveLength(1);
    expect(await store.read("deep/one")).toEqual(Uint8Array.of(first.indexOf(true) + 1));
    await store.remove("deep/one");
    expect(await store.create("deep/one", Uint8Array.of(4))).toBe(true);
  });

  it("keeps its own copy of bytes", async () => {
    const store = make();
    const bytes = Uint8Array.of(1, 2);
    await store.write("a", bytes);
    bytes.fill(9);
    (await store.read("a"))!.fill(8);
    expect(await store.read("a")).toEqual(Uint8Array.of(1, 2));
  });

  it("forgets what is removed, and minds nothing that is not there", async () => {
    const store = make();
    await store.write("a", Uint8Array.of(1));
    await store.remove("a");
    await store.remove("a");
    await store.remove("no/such/key");
    expect(await store.read("a")).toBeUndefined();
  });

  it("has stores within it", async () => {
    const store = make();
    const inner = store.within("tau-4").within("best");
    await inner.write("x", Uint8Array.of(1));
    expect(await store.read("tau-4/best/x")).toEqual(Uint8Array.of(1));
    expect(await store.within("tau-4/best").read("x")).toEqual(Uint8Array.of(1));
    await store.remove("tau-4/best/x");
    expect(await inner.read("x")).toBeUndefined();
  });

  it.each(["", "..", "../outside", "a/../../b", "/etc/x", "C:\\x", "a\\..\\b"])("refuses the key '%s'", async (key) => {
    const store = make();
    const refused = /cannot be a key/;
    await expect((async () => store.read(key))()).rejects.toThrow(refused);
    await expect((async () => store.write(key, Uint8Array.of(1)))()).rejects.toThrow(refused);
    await expect((async () => store.remove(key))()).rejects.toThrow(refused);
    expect(() => store.within(key)).toThrow(refused);
  });

  it("names what is damaged by its place", async () => {
    const store = make().within("tau-4");
    await store.write("x.json", Uint8Array.of(0x7b));
    await expect(readJson(store, "x.json")).rejects.toThrow(/tau-4[\\/]x\.json: not whole JSON/);
  });
});

it("says in a line what a bucket refuses, and where credentials belong", async () => {
  const refused =
    /^--store: (GET|PUT) http:[^\n]*\/none\/some\/where\/a was refused \(404 NoSuchBucket\); check the bucket/;
  const none = await inS3("none");
  await expect(none.read("a")).rejects.toThrow(refused);
  await expect(none.write("a", Uint8Array.of(1))).rejects.toThrow(refused);
  await expect(openS3(new URL("s3://bucket"), {})).rejects.toThrow(/^--store s3:\/\/… wants credentials; set AWS_ACC/);
});

it.skipIf(!client)("keeps large files out of Redis, with what to do instead", async () => {
  const store = redisStore(client!, "redis://***@host", "large:");
  const path = join(root, "model.onnx");
  writeFileSync(path, "");
  truncateSync(path, 2 ** 26 + 1);
  await expect(putFile(store, "files/a", path, "")).rejects.toThrow(
    `${path} has 65 MB, and a --store in Redis, which keeps all in memory, takes files of up to 64 MB; give a folder or s3://bucket/prefix as --store`,
  );
  await expect(store.within("trial").write("state", new Uint8Array(2 ** 29 + 1))).rejects.toThrow(
    /^redis:\/\/\*\*\*@host\/large:trial\/state has 513 MB, and a --store in Redis[^\n]*takes values of up to 512 MB; give a folder/,
  );
  expect(await client!.keys("large:*")).toEqual([]);
});

describe("a store in a folder", () => {
  it("makes no folder before something is written, and leaves files of these names alone", async () => {
    const path = folder();
    const store = folderStore(path);
    expect(await store.within("a").read("b")).toBeUndefined();
    expect(() => readdirSync(path)).toThrow("ENOENT");
    await store.write("a/b.txt", new TextEncoder().encode("wörd"));
    expect(readFileSync(join(path, "a", "b.txt"), "utf8")).toBe("wörd");
    expect(readdirSync(join(path, "a"))).toEqual(["b.txt"]);
  });

  it("says in one line what cannot be read", async () => {
    const path = folder();
    mkdirSync(join(path, "taken"), { recursive: true });
    const error: unknown = await folderStore(path)
      .read("taken")
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(/taken is no regular file/);
  });

  it("names another cache where it is one that cannot be made, or cannot be written any more", async () => {
    const [path, another] = [folder(), folder()];
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, "");
    const refusal = /cache folder .*features cannot be written \(\w+\); give another with --cache$/;
    expect(() => cacheStore(path, "features")).toThrow(refusal);
    const store = cacheStore(another, "features");
    rmSync(another, { recursive: true });
    writeFileSync(another, "");
    await expect(store.write("a", Uint8Array.of(1))).rejects.toThrow(refusal);
  });

  it.skipIf(process.platform === "win32")("does not wait for a pipe", async () => {
    const path = folder();
    mkdirSync(path, { recursive: true });
    execFileSync("mkfifo", [join(path, "run.json")]);
    await expect(folderStore(path).read("run.json")).rejects.toThrow("run.json is no regular file; give one");
  });
});
