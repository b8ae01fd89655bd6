import { requireKey } from "@taskhead/core/internals";
import { withoutCredentials } from "../files/credentials.js";
import { UserError } from "../files/errors.js";
import type { Content, PiecewiseStore } from "./large-files.js";
import { optionalPackage } from "./packages.js";
import { putInParts } from "./s3-multipart.js";
import { S3Requests } from "./s3-requests.js";

/** Larger files are put in parts of so many bytes; S3 takes no smaller ones than 5 MiB. */
const usualPartBytes = 16 * 2 ** 20;

/** Milliseconds, at most, before what failed is tried again; twice as many each time. */
const usualPause = 100;

/**
 * Opens `s3://bucket/prefix`. Credentials, region and the address of a server that is not Amazon's are those of the usual
 * variables: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL.
 * @throws {UserError} if credentials are missing, or the server's address is none
 */
export async function openS3(
  url: URL,
  env: NodeJS.ProcessEnv = process.env,
  { partBytes = usualPartBytes, pause = usualPause } = {},
): Promise<PiecewiseStore> {
  const { AwsClient } = await optionalPackage("--store s3://…", "aws4fetch", () => import("aws4fetch"));
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId || !secretAccessKey)
    throw new UserError(
      "--store s3://… wants credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment",
    );
  const region = env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"] ?? "us-east-1";
  const endpoint = env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"] ?? `https://s3.${region}.amazonaws.com`;
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))
    throw new UserError(
      `AWS_ENDPOINT_URL wants an address such as https://minio.lab:9000, not '${withoutCredentials(endpoint)}'`,
    );
  const sessionToken = env["AWS_SESSION_TOKEN"];
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken ? { sessionToken } : {}),
    service: "s3",
    region,
    // Asked again by `S3Requests`, where a body that was sent can be sent anew.
    retries: 0,
  });
  const prefix = url.pathname.split("/").filter(Boolean).join("/");
  const requests = new S3Requests(client, `${endpoint.replace(/\/$/, "")}/${url.hostname}/`, pause);
  return s3Store(requests, prefix === "" ? "" : `${prefix}/`, partBytes);
}

/** Objects in a bucket: one that is put is there whole, or not at all. */
function s3Store(requests: S3Requests, prefix: string, partBytes: number): PiecewiseStore {
  const whole = (key: string): string => `${prefix}${requireKey(key)}`;
  return {
    async read(key) {
      const answer = await requests.ask("GET", whole(key));
      return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
    },
    write: async (key, bytes) =>
      void (await requests.ask("PUT", whole(key), { body: () => ({ body: new Uint8Array(bytes) }) })),
    async writePieces(key, content) {
      if (content.bytes > partBytes) return putInParts(requests, whole(key), content, partBytes);
      await requests.ask("PUT", whole(key), { body: () => bodyOf(content) });
    },
    async readPieces(key) {
      const answer = await requests.ask("GET", whole(key), { inPieces: true });
      return answer.ok ? requests.pieces(answer, whole(key)) : undefined;
    },
    remove: async (key) => void (await requests.ask("DELETE", whole(key))),
    within: (inner) => s3Store(requests, `${whole(inner)}/`, partBytes),
    where: (key) => requests.address(whole(key)),
  };
}

/** Sent piece by piece, each when the one before is on its way; the server compares the hash before it keeps anything. */
function bodyOf({ bytes, sha256, pieces }: Content): RequestInit {
  const all = pieces()[Symbol.asyncIterator]();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { value, done } = await all.next();
      if (done) controller.close();
      else controller.enqueue(new Uint8Array(value));
    },
    cancel: async () => void (await all.return?.()),
  });
  return { body, headers: { "content-length": String(bytes), "x-amz-content-sha256": sha256 } };
}
