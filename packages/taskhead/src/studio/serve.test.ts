import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveStudio } from "./serve.js";

const root = mkdtempSync(join(tmpdir(), "page-"));
const page = join(root, "page");
let served: Awaited<ReturnType<typeof serveStudio>>;

beforeAll(async () => {
  mkdirSync(join(page, "assets"), { recursive: true });
  writeFileSync(join(page, "index.html"), '<title>page</title><meta name="hub" content="https://huggingface.co" />');
  writeFileSync(join(page, "assets", "a.wasm"), "wasm");
  for (const name of ["chemistry-worker-a_B-1.js", "worker-chemistry-worker-1.js"])
    writeFileSync(join(page, "assets", name), "");
  writeFileSync(join(root, "secret"), "secret");
  served = await serveStudio(0, { folder: page });
});

afterAll(() => {
  served.server.close();
  rmSync(root, { recursive: true });
});

/** As it is written: `fetch` would tidy the path. */
function ask(
  path: string,
  method = "GET",
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  const { port } = new URL(served.address);
  return new Promise((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port, path, method }, (response) => {
      let body = "";
      response.on("data", (part: Buffer) => (body += part.toString()));
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    asking.on("error", reject).end();
  });
}

test("the page comes from this machine alone, isolated, and may ask nobody else", async () => {
  expect(new URL(served.address).hostname).toBe("127.0.0.1");
  const { status, headers, body } = await ask("/");
  expect(status).toBe(200);
  expect(body).toContain("<title>page</title>");
  expect(headers["cross-origin-opener-policy"]).toBe("same-origin");
  expect(headers["cross-origin-embedder-policy"]).toBe("require-corp");
  expect(headers["content-security-policy"]).toMatch(
    /connect-src 'self' blob: data: https:\/\/huggingface\.co https:\/\/\*\.huggingface\.co https:\/\/\*\.hf\.co$/,
  );
  expect((await ask("/assets/a.wasm?x=1")).headers["content-type"]).toBe("application/wasm");
});

test("what compiles as it runs is allowed in the chemistry worker alone, which asks nobody but this server", async () => {
  const policyOf = async (path: string): Promise<string> =>
    String((await ask(path)).headers["content-security-policy"]);
  expect(await policyOf("/assets/chemistry-worker-a_B-1.js")).toBe(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval'; connect-src 'self'",
  );
  expect((await ask("/assets/chemistry-worker-a_B-1.js")).headers["cross-origin-embedder-policy"]).toBe("require-corp");
  for (const path of ["/", "/assets/worker-chemistry-worker-1.js"])
    expect(await policyOf(path)).not.toContain("'unsafe-eval'");
});

test("another hub is the only one that is asked", async () => {
  const mirror = await serveStudio(0, { folder: page, hub: "http://127.0.0.1:9/models" });
  const response = await fetch(mirror.address);
  expect(await response.text()).toContain('<meta name="hub" content="http://127.0.0.1:9/models" />');
  expect(response.headers.get("content-security-policy")).toMatch(/data: http:\/\/127\.0\.0\.1:9$/);
  mirror.server.close();
  await expect(serveStudio(0, { folder: page, hub: "hf.co" })).rejects.toThrow("HF_ENDPOINT is 'hf.co'");
});

test.each(["/../secret", "/%2e%2e/secret", "/..%2fsecret", "//secret", "/%", "/assets", "/nothing"])(
  "%s is not there",
  async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404, body: "" });
  },
);

test("nothing can be sent to it", async () => expect((await ask("/", "POST")).status).toBe(404));

test("a page that is not built, and a port that is taken, are said in a line", async () => {
  await expect(serveStudio(0, { folder: join(root, "none") })).rejects.toThrow("npm run studio:build");
  await expect(serveStudio(Number(new URL(served.address).port), { folder: page })).rejects.toThrow(
    "give another by --port",
  );
});
