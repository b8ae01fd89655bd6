import { sha256 } from "../files/sha256.js";
import type { Content } from "./large-files.js";
import type { S3Requests } from "./s3-requests.js";

/** What an object has beside it is kept with it, and told with it. */
const hashHeader = "x-amz-meta-sha256";

/** As many as an upload may have. */
const maxParts = 10_000;

/**
 * Puts a file in parts, as one request takes no more than 5 GB. Each is in memory while it is sent, so that it can be sent again;
 * the server compares its hash. The object is there once all parts are; where anything fails, they are deleted. It has its SHA-256
 * beside it, so that where no answer tells whether the parts were put together, the object does.
 * @param least bytes of a part; more where there would be too many
 */
export async function putInParts(requests: S3Requests, key: string, content: Content, least: number): Promise<void> {
  const size = Math.max(least, Math.ceil(content.bytes / maxParts));
  const uploadId = /<UploadId>(.*?)<\/UploadId>/.exec(await begin(requests, key, content))?.[1];
  if (!uploadId) throw new Error(`--store: POST ${requests.address(key)} began an upload without an UploadId`);
  // Servers know it no more once its parts were put together, and some delete none.
  const forget = (): Promise<unknown> => requests.ask("DELETE", key, { query: { uploadId } }).catch(() => {});
  try {
    const tags: string[] = [];
    for await (const part of inParts(content.pieces(), size)) {
      const query = { partNumber: String(tags.length + 1), uploadId };
      const headers = { "x-amz-content-sha256": sha256(part) };
      const answer = await requests.ask("PUT", key, { query, body: () => ({ body: part, headers }) });
      tags.push(answer.headers.get("etag") ?? "");
    }
    const parts = tags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
    const list = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    await requests.ask("POST", key, {
      query: { uploadId },
      body: () => ({ body: list }),
      failsLate: true,
      // The same may have been there before, and the parts still are.
      isDone: async () => (await isThere(requests, key, content)) && forget().then(() => true),
    });
  } catch (error) {
    await forget();
    throw error;
  }
}

async function begin(requests: S3Requests, key: string, { sha256 }: Content): Promise<string> {
  const headers = { [hashHeader]: sha256 };
  return (await requests.ask("POST", key, { query: { uploads: "" }, body: () => ({ headers }) })).text();
}

/** Whether the object has the size and the hash that it should have. What cannot be asked now is asked after the next attempt. */
async function isThere(requests: S3Requests, key: string, { bytes, sha256 }: Content): Promise<boolean> {
  const found = await requests.ask("HEAD", key, { once: true }).catch(() => undefined);
  if (!found?.ok) return false;
  return Number(found.headers.get("content-length")) === bytes && found.headers.get(hashHeader) === sha256;
}

/** The same bytes, so many at a time; each part is good until the next is asked for. */
async function* inParts(
  pieces: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const part = new Uint8Array(size);
  let filled = 0;
  for await (const piece of pieces)
    for (let at = 0; at < piece.length;) {
      const taken = piece.subarray(at, at + size - filled);
      part.set(taken, filled);
      filled += taken.length;
      at += taken.length;
      if (filled < size) continue;
      yield part;
      filled = 0;
    }
  if (filled > 0) yield part.subarray(0, filled);
}
