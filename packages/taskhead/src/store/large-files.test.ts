import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { memoryStore, type Store } from "@taskhead/core";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { PassingError, UserError } from "../files/errors.js";
import { piecesOf, sha256OfFile } from "../files/pieces.js";
import { InterruptedError } from "../run/interrupted.js";
import { folderStore } from "./folder-store.js";
import { fetchFile, putFile, type PiecewiseStore } from "./large-files.js";
import { openS3 } from "./s3-store.js";

const root = mkdtempSync(join(tmpdir(), "taskhead-large-"));
afterAll(() => rmSync(root, { recursive: true }));

const MB = 2 ** 20;
/** A hole of 24 MB between two words. */
const large = join(root, "large.bin");
writeFileSync(large, "begins");
truncateSync(large, 24 * MB);
writeFileSync(large, "ends", { flag: "a" });
const { size } = statSync(large);
const hash = await sha256OfFile(large);

/** A bucket that keeps files, reads and writes slowly, and counts. */
const bucket = { received: 0, sent: 0, refuse: [] as number[], failsLate: 0, loses: 0, late: false, deaf: false };

/** What stands beside an object, as the upload that made it said. */
const besides = new Map<string, string>();

/** Uploads in parts that were begun and not ended: the files of each, by number. */
const uploads = new Map<string, Map<number, string>>();
let begun = 0;

/** In place of a code: the connection ends in mid-file. */
const broken = 0;

/** What S3 answers of an upload in parts. */
async function upload({ method }: IncomingMessage, response: ServerResponse, id: string | null, file: string) {
  if (id === null) {
    besides.set(file, String(response.req.headers["x-amz-meta-sha256"]));
    uploads.set(String(begun), new Map());
    response.writeHead(200).end(`<InitiateMultipartUploadResult><UploadId>${begun++}</UploadId></InitiateMultipartUploadResult>`); // prettier-ignore
    return;
  }
  const parts = uploads.get(id);
  if (!parts) {
    response.writeHead(404).end("<Error><Code>NoSuchUpload</Code></Error>");
    return;
  }
  if (method === "POST") {
    if (bucket.deaf) return void response.destroy();
    if (bucket.failsLate-- > 0) {
      response.writeHead(200).end("<Error><Code>InternalError</Code></Error>");
      return;
    }
    const listed: string[] = [];
    for await (const bytes of response.req as AsyncIterable<Buffer>) listed.push(bytes.toString());
    const numbers = [...listed.join("").matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>"\1"<\/ETag>/g)].map((m) => Number(m[1])); // prettier-ignore
    expect(numbers).toEqual([...parts.keys()]);
    rmSync(file, { force: true });
    for (const part of parts.values())
      for await (const piece of piecesOf(part)) writeFileSync(file, piece, { flag: "a" });
  }
  for (const part of parts.values()) rmSync(part);
  uploads.delete(id);
  // It is done, and nobody hears of it.
  if (method === "POST" && bucket.loses-- > 0)
    return void (bucket.late ? response.writeHead(504).end() : response.destroy());
  response.writeHead(method === "POST" ? 200 : 204).end();
}

async function take(request: IncomingMessage, response: ServerResponse, file: string): Promise<void> {
  const code = bucket.refuse.shift();
  if (code !== undefined) {
    await once(request, "data");
    if (code === broken) return void request.destroy();
    request.resume();
    await once(request, "end");
    response.writeHead(code).end("<Error><Code>SlowDown</Code></Error>");
    return;
  }
  const digest = createHash("sha256");
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) {
    digest.update(part);
    bucket.received += part.length;
    if (bucket.received % 7 === 0) await wait(1);
    parts.push(part);
  }
  const { "content-length": length, "x-amz-content-sha256": claimed } = request.headers;
  if (Number(length) !== parts.reduce((sum, { length }) => sum + length, 0) || claimed !== digest.digest("hex")) {
    response.writeHead(400).end("<Error><Code>XAmzContentSHA256Mismatch</Code></Error>");
    return;
  }
  rmSync(file, { force: true });
  for (const part of parts) writeFileSync(file, part, { flag: "a" });
  const query = new URL(request.url!, "http://bucket").searchParams;
  const number = Number(query.get("partNumber"));
  if (number > 0) uploads.get(query.get("uploadId")!)!.set(number, file);
  response.writeHead(200, { etag: `"${number}"` }).end();
}

async function give({ method }: IncomingMessage, response: ServerResponse, file: string): Promise<void> {
  if (!existsSync(file)) {
    response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
    return;
  }
  response.writeHead(200, { "content-length": statSync(file).size, "x-amz-meta-sha256": besides.get(file) ?? "" });
  if (method === "HEAD") return void response.end();
  for await (const piece of piecesOf(file)) {
    bucket.sent += piece.length;
    if (!response.write(piece)) await once(response, "drain");
  }
  response.end();
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url!, "http://bucket");
  const file = join(root, `object-${encodeURIComponent(request.method === "PUT" ? request.url! : pathname)}`);
  const answer =
    request.method === "PUT"
      ? take(request, response, file)
      : searchParams.size > 0
        ? upload(request, response, searchParams.get("uploadId"), file)
        : give(request, response, file);
  void answer.catch(() => response.destroy());
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => (server.closeAllConnections(), void server.close()));
const inParts = (partBytes: number): Promise<PiecewiseStore> =>
  openS3(
    new URL("s3://bucket"),
    {
      AWS_ACCESS_KEY_ID: "id",
      AWS_SECRET_ACCESS_KEY: "s3cret",
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
    { partBytes, pause: 1 },
  );
const [inOne, inSeveral] = [await inParts(64 * MB), await inParts(3 * MB + 1)];

/** A store whose `write` and `read` of whole files nobody may use. */
function piecewise(store: PiecewiseStore): Store {
  const never = (): never => expect.fail("a file is in memory whole");
  return { ...store, read: never, write: never };
}

beforeEach(() =>
  Object.assign(bucket, { received: 0, sent: 0, refuse: [], failsLate: 0, loses: 0, late: false, deaf: false }),
);
afterEach(() => expect(uploads).toEqual(new Map()));

describe.each<[name: string, store: PiecewiseStore]>([
  ["a folder", folderStore(join(root, "folder"))],
  ["S3, in one request", inOne],
  ["S3, in parts", inSeveral],
])("%s", (_, store) => {
  it("takes and gives a file piece by piece, with the hash that it should have", async () => {
    await putFile(piecewise(store), "files/a", large, hash);
    const back = join(root, "back", "large.bin");
    await fetchFile(piecewise(store), "files/a", back, hash);
    expect([statSync(back).size, await sha256OfFile(back)]).toEqual([size, hash]);
    rmSync(back);
    await expect(fetchFile(store, "files/a", back, "0".repeat(64))).rejects.toThrow(/a is damaged: its SHA-256/);
    await expect(fetchFile(store, "files/none", back, hash)).rejects.toThrow(
      /none is missing: .* give it the sweep's$/,
    );
    expect(readdirSync(join(root, "back"))).toEqual([]);
  });

  it("keeps nothing of a file that changed while it was put", async () => {
    const small = join(root, "small.bin");
    writeFileSync(small, "now");
    const put = putFile(store, "files/changed", small, hash);
    await expect(put).rejects.toThrow(UserError);
    await expect(put).rejects.toThrow(/small\.bin changed while it was put into the store; begin the sweep again$/);
    expect(await store.readPieces("files/changed")).toBeUndefined();
  });
});

describe.each([
  ["in one request", inOne],
  ["in parts", inSeveral],
])("a bucket, %s", (_, s3) => {
  it("what is not yet taken waits in the file, not in memory", async () => {
    const ahead = { put: 0, got: 0 };
    let read = 0;
    await s3.writePieces("files/slow", {
      bytes: size,
      sha256: hash,
      async *pieces() {
        for await (const piece of piecesOf(large)) {
          expect(piece.length).toBeLessThanOrEqual(MB);
          yield piece;
          read += piece.length;
          ahead.put = Math.max(ahead.put, read - bucket.received);
        }
      },
    });
    let taken = 0;
    for await (const piece of (await s3.readPieces("files/slow"))!) {
      taken += piece.length;
      if (taken < 16 * MB) await wait(1);
      ahead.got = Math.max(ahead.got, bucket.sent - taken);
    }
    expect([read, taken]).toEqual([size, size]);
    // The rest is what sockets hold.
    expect(Math.max(ahead.put, ahead.got)).toBeLessThan(16 * MB);
  });

  it("sends a file anew where a bucket is busy or the connection breaks, and says where it is refused", async () => {
    bucket.refuse = [503, broken, 500];
    await putFile(s3, "files/busy", large, hash);
    expect(bucket.received).toBe(size);
    bucket.refuse = [403];
    await expect(putFile(s3, "files/busy", large, hash)).rejects.toThrow(
      /^--store: PUT .*busy was refused \(403 SlowDown\)/,
    );
  });

  it("ends at once where its signal says so, and keeps nothing", async () => {
    const stop = new AbortController();
    const put = putFile(s3, "files/stopped", large, hash, stop.signal);
    while (bucket.received === 0) await wait(1);
    stop.abort(new InterruptedError());
    await expect(put).rejects.toThrow(InterruptedError);
    expect(bucket.received).toBeLessThan(size);
    expect(await s3.readPieces("files/stopped")).toBeUndefined();
  });
});

it("parts are put together anew where S3 says late that it failed", async () => {
  bucket.failsLate = 2;
  await putFile(inSeveral, "files/late", large, hash);
  const back = join(root, "back", "late.bin");
  await fetchFile(inSeveral, "files/late", back, hash);
  expect([bucket.failsLate, await sha256OfFile(back)]).toEqual([-1, hash]);
});

describe("an upload in parts whose end nobody answers", async () => {
  const store = await inParts(100_000);
  const file = join(root, "parts.bin");
  writeFileSync(file, "parts".repeat(50_000));
  const own = await sha256OfFile(file);
  const put = (key: string) => putFile(store, key, file, own);
  const there = async (key: string) => (await store.readPieces(key)) !== undefined;

  it.each([
    ["breaks off", false],
    ["a server between gives up", true],
  ])("is done where the object is there as it should be: %s", async (how, late) => {
    Object.assign(bucket, { loses: 1, late });
    await put(how);
    expect([bucket.loses, await there(how)]).toEqual([0, true]);
  });

  it("leaves no parts where the same was there before", async () => {
    await put("twice");
    bucket.deaf = true;
    await put("twice");
  });

  it("fails in a line that names the place and the remedy, also where something else is there", async () => {
    const other = join(root, "other.bin");
    writeFileSync(other, "older");
    await putFile(store, "lost", other, await sha256OfFile(other));
    bucket.deaf = true;
    const one = put("lost");
    await expect(one).rejects.toThrow(PassingError);
    await expect(one).rejects.toThrow(/^--store: POST http:[^\n]*\/lost: no answer \(UND_ERR_SOCKET\); check the network[^\n]*again$/); // prettier-ignore
    await expect(put("never")).rejects.toThrow(PassingError);
    expect(await there("never")).toBe(false);
  });
});

it("parts of a file that changed are deleted, and nothing is put together of them", async () => {
  await expect(putFile(inSeveral, "files/other", large, "0".repeat(64))).rejects.toThrow(/large\.bin changed while/);
  expect(bucket.received).toBeGreaterThan(12 * MB);
  expect(await inSeveral.readPieces("files/other")).toBeUndefined();
});

it("a store that has no pieces takes files whole, with their hash", async () => {
  const store = memoryStore();
  const small = join(root, "small.bin");
  writeFileSync(small, "whole");
  const own = await sha256OfFile(small);
  await putFile(store, "a", small, own);
  await expect(putFile(store, "b", small, hash)).rejects.toThrow(/changed while it was put/);
  await fetchFile(store, "a", join(root, "whole.bin"), own);
  expect(await sha256OfFile(join(root, "whole.bin"))).toBe(own);
  expect(store.keys()).toEqual(["a"]);
});
