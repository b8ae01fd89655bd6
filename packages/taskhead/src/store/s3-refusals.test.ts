import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, it } from "vitest";
import { PassingError, UserError } from "../files/errors.js";
import { openS3 } from "./s3-store.js";

/** What a bucket answers next: a status, S3's word, headers; once there is nothing left, that all is well. */
let answers: [status: number, code: string, headers?: Record<string, string>][] = [];
let asked = 0;
const server = createServer((request, answer) => {
  asked++;
  const [status, code, headers] = answers.shift() ?? [200, "", {}];
  request.resume();
  request.on("end", () => answer.writeHead(status, headers).end(code && `<Error><Code>${code}</Code></Error>`));
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => void server.close());

const env = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "s3cret" };
const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const store = await openS3(new URL("s3://bucket"), { ...env, AWS_ENDPOINT_URL: endpoint }, { pause: 1 });
const put = () => store.write("key", Uint8Array.of(1));
const minutesAgo = (minutes: number) => ({ date: new Date(Date.now() - 60_000 * minutes).toUTCString() });

it.each<[status: number, code: string, headers: Record<string, string>, says: RegExp]>([
  [
    403,
    "RequestTimeTooSkewed",
    minutesAgo(20),
    /; this machine's clock is 20 minutes ahead of the server's; set it right/,
  ],
  [
    403,
    "RequestTimeTooSkewed",
    minutesAgo(-90),
    /; this machine's clock is 90 minutes behind the server's; set it right/,
  ],
  [400, "ExpiredToken", {}, /; the credentials have expired; set fresh ones, AWS_SESSION_TOKEN too, and run the same/],
  [403, "InvalidAccessKeyId", {}, /; the server does not know this AWS_ACCESS_KEY_ID/],
  [403, "AccessDenied", {}, /; these credentials may not do that; let them list, get, put and delete/],
  [
    301,
    "PermanentRedirect",
    { "x-amz-bucket-region": "eu-west-1" },
    /; the bucket is in the region eu-west-1; set AWS_REGION=eu-west-1/,
  ],
  [404, "NoSuchBucket", {}, /; check the bucket, its region and the credentials/],
])("a bucket that says %i %s is asked once, and what helps is said in a line", async (status, code, headers, says) => {
  [answers, asked] = [[[status, code, headers]], 0];
  const refused = put();
  await expect(refused).rejects.toThrow(UserError);
  await expect(refused).rejects.not.toThrow(PassingError);
  await expect(refused).rejects.toThrow(
    new RegExp(`^--store: PUT ${endpoint}/bucket/key was refused \\(${status} ${code}\\)`),
  );
  await expect(refused).rejects.toThrow(says);
  await expect(refused).rejects.not.toThrow("\n");
  expect(asked).toBe(1);
});

it.each([
  [503, "SlowDown"],
  [429, "TooManyRequests"],
  [400, "RequestTimeout"],
])("one that says %i %s is asked again, and in the end may pass", async (status, code) => {
  [answers, asked] = [
    [
      [status, code],
      [status, code],
    ],
    0,
  ];
  await put();
  expect(asked).toBe(3);
  [answers, asked] = [Array.from({ length: 20 }, () => [status, code]), 0];
  const busy = put();
  await expect(busy).rejects.toThrow(PassingError);
  await expect(busy).rejects.toThrow(`--store: PUT ${endpoint}/bucket/key fails (${status} ${code}), again and again`);
  expect(asked).toBe(9);
});

it("an address that is none is refused before anything is asked", async () => {
  for (const address of ["minio.lab:9000", "http://", "ftp://minio.lab"])
    await expect(openS3(new URL("s3://bucket"), { ...env, AWS_ENDPOINT_URL: address })).rejects.toThrow(
      `AWS_ENDPOINT_URL wants an address such as https://minio.lab:9000, not '${address}'`,
    );
});
