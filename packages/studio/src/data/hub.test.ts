import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fetchModel } from "./hub.js";

const there: Readonly<Record<string, string>> = {
  "/org/net/resolve/main/config.json": "{}",
  "/org/net/resolve/main/tokenizer.json": "{}",
  "/org/net/resolve/main/onnx/model.onnx": "onnx",
  "/org/bare/resolve/main/config.json": "{}",
};
const asked: string[] = [];
let server: Server;
let base: string;

beforeAll(async () => {
  server = createServer(({ url = "" }, response) => {
    asked.push(url);
    const content = there[url];
    if (content === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-length": content.length }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
});

afterAll(() => void server.close());

test("a model's files are fetched by its id, and no others", async () => {
  const heard: unknown[] = [];
  const files = await fetchModel("org/net", base, (...one) => heard.push(one));
  expect(files.map(({ path }) => path)).toEqual([
    "org/net/config.json",
    "org/net/tokenizer.json",
    "org/net/onnx/model.onnx",
  ]);
  expect(await files[2]!.file.text()).toBe("onnx");
  expect(heard).toContainEqual(["onnx/model.onnx", 4, 4]);
  expect(asked.every((url) => url.startsWith("/org/net/resolve/main/"))).toBe(true);
});

test("what is no id, not there or without an ONNX file is said", async () => {
  await expect(fetchModel("../x", base)).rejects.toThrow("'../x' is no model's id");
  await expect(fetchModel("a/..", base)).rejects.toThrow("is no model's id");
  await expect(fetchModel("org/none", base)).rejects.toThrow("has no model 'org/none'");
  await expect(fetchModel("org/bare", base)).rejects.toThrow("org/bare has no onnx/model.onnx and no model.onnx");
  await expect(fetchModel("org/net", "http://127.0.0.1:1")).rejects.toThrow("cannot be fetched");
});
