import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { hubFetch, UnreachableError } from "./requests.js";

let asked = 0;
const server = createServer((request, answer) => {
  asked++;
  if (request.url === "/silent") return;
  // What has begun may take its time, and so may what is sent.
  const begun = request.url === "/slow" ? sleep(0) : sleep(300);
  void begun.then(() => {
    answer.writeHead(200);
    answer.write("a");
    return sleep(300).then(() => answer.end("b"));
  });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
afterAll(() => (server.closeAllConnections(), server.close()));
const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const fetching = hubFetch({ endpoint, waits: [1, 1], silenceAllowed: 100 });

test("a server that takes the connection and never answers is given up after some tries", async () => {
  const error: unknown = await fetching(`${endpoint}/silent`).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UnreachableError);
  expect((error as UnreachableError).code).toBe("ETIMEDOUT");
  expect(asked).toBe(3);
});

test("an answer that has begun is waited for, and so is one to what was sent", async () => {
  expect(await (await fetching(`${endpoint}/slow`)).text()).toBe("ab");
  expect(await (await fetching(`${endpoint}/sent`, { method: "PUT", body: "x" })).text()).toBe("ab");
});
