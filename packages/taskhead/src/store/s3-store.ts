import type { Store } from "@taskhead/core";
import { requireKey } from "@taskhead/core/internals";
import type { AwsClient } from "aws4fetch";
import { UserError } from "../files/errors.js";
import { optionalPackage } from "./packages.js";

/**
 * Opens `s3://bucket/prefix`. Credentials, region and the address of a server that is not Amazon's are those of the usual
 * variables: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL.
 * @throws {UserError} if credentials are missing
 */
export async function openS3(url: URL, env: NodeJS.ProcessEnv = process.env): Promise<Store> {
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
    // Answers of 5xx and 429 are asked again, later each time.
    retries: 5,
  });
  const prefix = url.pathname.split("/").filter(Boolean).join("/");
  return s3Store(client, `${endpoint.replace(/\/$/, "")}/${url.hostname}/`, prefix === "" ? "" : `${prefix}/`);
}

/** Objects in a bucket: one that is put is there whole, or not at all. @param bucket its address, with a slash at its end */
function s3Store(client: AwsClient, bucket: string, prefix: string): Store {
  const whole = (key: string): string => `${prefix}${requireKey(key)}`;
  const address = (key: string): string => `${bucket}${whole(key).split("/").map(encodeURIComponent).join("/")}`;
  const ask = async (method: string, key: string, bytes?: Uint8Array<ArrayBuffer>): Promise<Response> => {
    const answer = await client
      .fetch(address(key), { method, ...(bytes ? { body: bytes } : {}) })
      .catch((error: Error & { cause?: NodeJS.ErrnoException }) => {
        // No fault of the user's: it may pass.
        throw new Error(`--store: ${method} ${address(key)}: ${error.cause?.code ?? error.message}`);
      });
    if (answer.ok) return answer;
    const code = /<Code>(.*?)<\/Code>/.exec(await answer.text())?.[1] ?? answer.statusText;
    if (answer.status === 404 && code !== "NoSuchBucket" && method !== "PUT") return answer;
    throw new UserError(
      `--store: ${method} ${address(key)} was refused (${answer.status} ${code}); check the bucket, its region and the credentials`,
    );
  };
  return {
    async read(key) {
      const answer = await ask("GET", key);
      return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
    },
    write: async (key, bytes) => void (await ask("PUT", key, new Uint8Array(bytes))),
    remove: async (key) => void (await ask("DELETE", key)),
    within: (inner) => s3Store(client, bucket, `${whole(inner)}/`),
    where: address,
  };
}
