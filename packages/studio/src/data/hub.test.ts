import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fetchModel } from "./hub.js";

/** ModelProto { graph: { initializer: { external_data: { key: "location", value: "w #.bin" } } } } */
const keeping = "\x3a\x17\x2a\x15\x6a\x13\x0a\x08location\x12\x07w #.bin";

const there: Readonly<Record<string, string>> = {
  "/org/net/resolve/main/config.json": "{}",
  "/org/net/resolve/main/tokenizer.json": "{}",
  "/org/net/resolve/main/taskhead.json": "{}",
  "/org/net/resolve/main/onnx/model.onnx": "onnx",
  "/org/bare/resolve/main/config.json": "{}",
  "/org/big/resolve/main/config.json": "{}",
  "/org/big/resolve/main/onnx/model.onnx": keeping,
  "/org/big/resolve/main/onnx/w%20%23.bin": "weights",
  "/org/part/resolve/main/config.json": "{}",
  "/org/part/resolve/main/onnx/model.onnx": keeping,
  "/org/vast/resolve/main/config.json": "{}",
  "/org/vast/resolve/main/onnx/model.onnx": "vast",
};
const asked: string[] = [];
let server: Server;
let base: string;

beforeAll(async () => {
  server = createServer(({ url = "" }, response) => {
    asked.push(url);
    const content = there[url];
    if (content === undefined) response.writeHead(404).end();
    else if (content === "vast") response.writeHead(200, { "content-length": 2 ** 32 }).write("x");
    else response.writeHead(200, { "content-length": content.length }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test("a model's files are fetched by its id, and no others", async () => {
  const heard: unknown[] = [];
  const files = await fetchModel("org/net", base, (...one) => heard.push(one));
  expect(files.map(({ path }) => path)).toEqual([
    "org/net/config.json",
    "org/net/tokenizer.json",
    "org/net/taskhead.json",
    "org/net/onnx/model.onnx",
  ]);
  expect(await files[3]!.file.text()).toBe("onnx");
  expect(heard).toContainEqual(["onnx/model.onnx", 4, 4]);
  expect(asked.every((url) => url.startsWith("/org/net/resolve/main/"))).toBe(true);
});

test("files in which a model keeps weights are fetched with it, and what is too large is not", async () => {
  const files = await fetchModel("org/big", base);
  expect(files.map(({ path }) => path)).toEqual([
    "org/big/config.json",
    "org/big/onnx/model.onnx",
    "org/big/onnx/w #.bin",
  ]);
  expect(await files[2]!.file.text()).toBe("weights");
  await expect(fetchModel("org/part", base)).rejects.toThrow("org/part has no onnx/w #.bin, in which onnx/model.onnx");
  await expect(fetchModel("org/vast", base)).rejects.toThrow("makes the model larger than 2 GB");
});

test("what is no id, not there or without an ONNX file is said", async () => {
  await expect(fetchModel("../x", base)).rejects.toThrow("'../x' is no model's id");
  await expect(fetchModel("a/..", base)).rejects.toThrow("is no model's id");
  await expect(fetchModel("org/none", base)).rejects.toThrow("has no model 'org/none'");
  await expect(fetchModel("org/bare", base)).rejects.toThrow("org/bare has no onnx/model.onnx and no model.onnx");
  await expect(fetchModel("org/net", "http://127.0.0.1:1")).rejects.toThrow("cannot be fetched");
});

test("fetching is stopped at once, and that is no fault of the hub", async () => {
  const stop = new AbortController();
  const fetching = fetchModel("org/net", base, () => stop.abort(), stop.signal);
  await expect(fetching).rejects.toMatchObject({ name: "AbortError" });
});
