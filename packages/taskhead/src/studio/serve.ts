import { createServer, type Server } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { glob } from "tinyglobby";
import { UserError } from "../files/errors.js";

/** Where `npm run studio:build` puts the page. */
const built = fileURLToPath(new URL("../studio-page", import.meta.url));

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  mjs: "text/javascript",
  css: "text/css",
  wasm: "application/wasm",
  onnx: "application/octet-stream",
  txt: "text/plain; charset=utf-8",
};

/** Where models of the hub are fetched from, and where it sends who asks for large files. */
const usualHub = "https://huggingface.co";
const itsStores = "https://*.huggingface.co https://*.hf.co";

/**
 * Threads of WebAssembly need a page that shares its memory with no other; and it asks nobody but this server, and the hub
 * where a model's id is given, for anything. `blob:` is what it shows and downloads of its own.
 */
function headersFor(hub: string): Record<string, string> {
  const models = hub === usualHub ? `${hub} ${itsStores}` : new URL(hub).origin;
  return {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Content-Security-Policy": `default-src 'self' blob: data:; script-src 'self' 'wasm-unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; connect-src 'self' blob: data: ${models}`,
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
  };
}

/** The worker that RDKit is in, as the page's build calls it. */
const chemistryWorker = /^assets\/chemistry-worker-[\w-]+\.js$/;

/**
 * Of a worker the policy of its own file counts, whatever the page's is: RDKit makes its calls by `new Function`, which is
 * allowed there and nowhere else, and it asks nobody but this server.
 */
const chemistryPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval'; connect-src 'self'";

export interface ServeOptions {
  /** Where the page was built. */
  readonly folder?: string;
  /** The address of the hub, or of what stands for it. Default: HF_ENDPOINT, as for others that fetch from it. */
  readonly hub?: string;
}

/**
 * Serves the studio's page on this machine alone.
 * @param port 0 for any that is free
 * @returns the server, and the address to open
 * @throws {UserError} if the page is not built, the port is taken, or the hub has no address of the web
 */
export async function serveStudio(
  port: number,
  { folder = built, hub = process.env["HF_ENDPOINT"] || usualHub }: ServeOptions = {},
): Promise<{ server: Server; address: string }> {
  if (!/^https?:\/\/[^\s"'<>;,]+$/.test(hub) || !URL.canParse(hub))
    throw new UserError(`HF_ENDPOINT is '${hub}', which is no address; set it to one as ${usualHub}, or unset it`);
  const headers = headersFor(hub.replace(/\/+$/, ""));
  // What may be asked for is what is there now: no path leads elsewhere.
  const files = new Set(await glob("**/*", { cwd: folder, ignore: ["**/*.map"] }));
  if (!files.has("index.html")) throw new UserError("the studio's page is not built; run npm run studio:build");
  const server = createServer(async ({ url = "/", method }, response) => {
    const path = decoded(url.split("?")[0]!).slice(1) || "index.html";
    if ((method !== "GET" && method !== "HEAD") || !files.has(path)) {
      response.writeHead(404).end();
      return;
    }
    const file = await readFile(join(folder, path)).catch(() => undefined);
    const content = file && path === "index.html" ? withHub(file, hub) : file;
    const type = types[path.split(".").at(-1)!] ?? "application/octet-stream";
    const own = chemistryWorker.test(path) ? { "Content-Security-Policy": chemistryPolicy } : {};
    if (content)
      response.writeHead(200, { ...headers, ...own, "Content-Type": type, "Content-Length": content.length });
    else response.writeHead(404);
    response.end(method === "GET" ? content : undefined);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new UserError(`port ${port} is taken; give another by --port`) : error),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  return { server, address: `http://127.0.0.1:${typeof address === "object" && address ? address.port : port}/` };
}

/** The page asks where it is told to. */
function withHub(page: Buffer, hub: string): Buffer {
  return Buffer.from(
    page.toString("utf8").replace(/(<meta name="hub" content=")[^"]*/, (_, before: string) => before + hub),
  );
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
