import { setTimeout as wait } from "node:timers/promises";
import { requireKey } from "@taskhead/core/internals";
import type { AwsClient } from "aws4fetch";
import { UserError } from "../files/errors.js";
import type { Content, PiecewiseStore } from "./large-files.js";
import { optionalPackage } from "./packages.js";

/**
 * Opens `s3://bucket/prefix`. Credentials, region and the address of a server that is not Amazon's are those of the usual
 * variables: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL.
 * @throws {UserError} if credentials are missing
 */
export async function openS3(url: URL, env: NodeJS.ProcessEnv = process.env): Promise<PiecewiseStore> {
  const { AwsClient } = await optionalPackage("--store s3://…", "aws4fetch", () => import("aws4fetch"));
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId || !secretAccessKey)
    throw new UserError(
      "--store s3://… wants credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment",
    );
  const region = env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"] ?? "us-east-1";
  const endpoint = env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"] ?? `https://s3.${region}.amazonaws.com`;
  const sessionToken = env["AWS_SESSION_TOKEN"];
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken ? { sessionToken } : {}),
    service: "s3",
    region,
    // Asked again below, where a body that was sent can be sent anew.
    retries: 0,
  });
  const prefix = url.pathname.split("/").filter(Boolean).join("/");
  return s3Store(client, `${endpoint.replace(/\/$/, "")}/${url.hostname}/`, prefix === "" ? "" : `${prefix}/`);
}

/** Objects in a bucket: one that is put is there whole, or not at all. @param bucket its address, with a slash at its end */
function s3Store(client: AwsClient, bucket: string, prefix: string): PiecewiseStore {
  const whole = (key: string): string => `${prefix}${requireKey(key)}`;
  const address = (key: string): string => `${bucket}${whole(key).split("/").map(encodeURIComponent).join("/")}`;
  const asking = (method: string, key: string): string => `--store: ${method} ${address(key)}`;
  /** @param body made anew for every attempt */
  const ask = async (method: string, key: string, body?: () => RequestInit): Promise<Response> => {
    const once = (): Promise<Response | Error> =>
      client.fetch(address(key), { method, ...body?.() }).catch((error: unknown) => broken(asking(method, key), error));
    let answer = await once();
    for (let attempt = 0; attempt < attempts && isPassing(answer); attempt++) {
      if (answer instanceof Response) await answer.body?.cancel();
      await wait(Math.random() * 50 * 2 ** attempt);
      answer = await once();
    }
    if (answer instanceof Error) throw answer;
    if (answer.ok) return answer;
    const code = /<Code>(.*?)<\/Code>/.exec(await answer.text())?.[1] ?? answer.statusText;
    if (answer.status === 404 && code !== "NoSuchBucket" && method !== "PUT") return answer;
    throw new UserError(
      `${asking(method, key)} was refused (${answer.status} ${code}); check the bucket, its region and the credentials`,
    );
  };
  return {
    async read(key) {
      const answer = await ask("GET", key);
      return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
    },
    write: async (key, bytes) => void (await ask("PUT", key, () => ({ body: new Uint8Array(bytes) }))),
    writePieces: async (key, content) => void (await ask("PUT", key, () => bodyOf(content))),
    async readPieces(key) {
      const answer = await ask("GET", key);
      return answer.ok ? piecesIn(answer, asking("GET", key)) : undefined;
    },
    remove: async (key) => void (await ask("DELETE", key)),
    within: (inner) => s3Store(client, bucket, `${whole(inner)}/`),
    where: address,
  };
}

/** After the first. */
const attempts = 5;

function isPassing(answer: Response | Error): boolean {
  return answer instanceof Error ? !(answer instanceof UserError) : answer.status >= 500 || answer.status === 429;
}

/** No fault of the user's: it may pass. But what the body itself ends with is said as it is. */
function broken(what: string, error: unknown): Error {
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
  if (error instanceof UserError) return error;
  if (cause instanceof UserError) return cause;
  return new Error(`${what}: ${cause?.code ?? message}`);
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

async function* piecesIn({ body }: Response, what: string): AsyncGenerator<Uint8Array, void> {
  try {
    if (body) yield* body;
  } catch (error) {
    throw broken(what, error);
  }
}
