/**
 * Trains a small convnet for six steps in Chromium, under onnxruntime-web on wasm and on WebGPU, and compares the losses
 * with onnxruntime-node's; then runs the graphs of the gradient checks of every operator there. One line per engine. At last
 * transformers.js reads pictures of every format in the browser and classifies them: pixels and probabilities are compared with
 * those of training and `predict` (scripts/check-pictures.ts).
 *
 *     npm run check:browser [-- CASES_PER_OPERATOR]      CHROMIUM=/path/to/chromium if it is not at /usr/bin/chromium
 *
 * Exits non-zero if a loss differs by more than 1e-5 or an operator fails without having been refused, or a
 * picture by more than its tolerance. An engine that the browser lacks is named and passed over.
 */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname } from "node:path";
import type { EngineName } from "@taskhead/autograd";
import ort from "onnxruntime-node";
import { chromium, type Page } from "playwright-core";
import { rolldown } from "rolldown";
import { trainingLosses } from "./browser/convnet.js";
import "./browser/offered.js";
import { checkPictures } from "./check-pictures.js";
import { inRepository } from "./paths.js";
import { pictureModel, pictures } from "./pictures.js";

const tolerance = 1e-5;
/** Of single operators: a GPU's sines are good to 2e-4. */
const operatorTolerance = 5e-4;
const perOperator = Number(process.argv[2] ?? 2);
const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const flags =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update " +
  "--disable-sync --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader";
const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

async function bundled(file: string): Promise<string> {
  const bundle = await rolldown({
    input: inRepository(`scripts/browser/${file}`),
    platform: "browser",
    tsconfig: false,
    resolve: {
      // The page and the gradient checks share one autograd, from its sources.
      alias: {
        "@taskhead/autograd": inRepository("packages/autograd/src/index.ts"),
        "onnxruntime-node": "onnxruntime-web/webgpu",
      },
      extensionAlias: { ".js": [".ts", ".js"] },
    },
    logLevel: "silent",
  });
  const { output } = await bundle.generate({ format: "esm", codeSplitting: false });
  return output[0].code;
}

/** Files of a runtime for browsers, by the folder that they are asked for in. */
const runtimes: Readonly<Record<string, string>> = {
  "onnxruntime-web": inRepository("node_modules/onnxruntime-web/dist"),
  "transformers-runtime": runtimeOfTransformers(),
};

/** transformers.js may have a runtime of its own. */
function runtimeOfTransformers(): string {
  const own = inRepository("node_modules/@huggingface/transformers/node_modules/onnxruntime-web/dist");
  return existsSync(own) ? own : inRepository("node_modules/onnxruntime-web/dist");
}

/** The bytes of a path: what is given, or a file of a runtime; undefined for any other. */
function fileAt(path: string, given: ReadonlyMap<string, string | Uint8Array>): string | Uint8Array | undefined {
  const [, folder = "", name = ""] = /^\/([\w-]+)\/([\w.-]+)$/.exec(path) ?? [];
  const file = runtimes[folder] && `${runtimes[folder]}/${name}`;
  return given.get(path) ?? (file && existsSync(file) ? readFileSync(file) : undefined);
}

/** @returns the server, and its address */
async function serve(given: ReadonlyMap<string, string | Uint8Array>): Promise<{ server: Server; address: string }> {
  const server = createServer(({ url = "" }, response) => {
    const body = fileAt(url, given);
    if (body === undefined) return void response.writeHead(404).end();
    response.setHeader("content-type", types[extname(url)] ?? "application/octet-stream");
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const listening = server.address();
  if (listening === null || typeof listening === "string") throw new Error("the page's server has no port");
  return { server, address: `http://127.0.0.1:${listening.port}` };
}

/** Prints an engine's line. @returns whether it passed; one that is not there does */
async function check(page: Page, engine: EngineName, expected: readonly number[]): Promise<boolean> {
  const missing = await page.evaluate((name) => globalThis.check.missing(name), engine);
  if (missing) {
    console.log(`${engine}: not there, ${missing}`);
    return true;
  }
  const losses = await page.evaluate((name) => globalThis.check.trainingLosses(name), engine);
  const worst = Math.max(...expected.map((loss, i) => Math.abs((losses[i] ?? NaN) - loss)));
  const { agree, refused, failures } = await page.evaluate(
    ([name, count, allowed]) => globalThis.check.compareOperators(name, count, allowed),
    [engine, perOperator, operatorTolerance] as const,
  );
  const ok = worst <= tolerance && failures.length === 0;
  console.log(
    `${engine}: six losses, largest difference ${worst.toExponential(1)}; ` +
      `operators: ${agree} cases ${engine === "wasm" ? "run" : "agree with wasm"}, ` +
      `${refused} refused beforehand, ${failures.length} fail: ${ok ? "ok" : "FAIL"}`,
  );
  for (const line of failures) console.log(`  ${line}`);
  return ok;
}

if (!existsSync(executablePath)) {
  console.error(`there is no Chromium at ${executablePath}; set CHROMIUM to its path`);
  process.exit(1);
}
const matrix = await pictures();
const page = (script: string): string => `<script type="module" src="${script}"></script>`;
const { server, address } = await serve(
  new Map<string, string | Uint8Array>([
    ["/page.html", page("/page.js")],
    ["/page.js", await bundled("page.ts")],
    ["/pictures.html", page("/pictures.js")],
    ["/pictures.js", await bundled("pictures-page.ts")],
    ...matrix.map(({ name, content }) => [`/pictures/${name}`, content] as const),
    ...[...pictureModel()].map(([path, content]) => [`/models/linear/${path}`, content] as const),
  ]),
);
const browser = await chromium.launch({ executablePath, args: flags.split(" ") });
let failed = false;
try {
  const engines = await browser.newPage();
  await engines.goto(`${address}/page.html`);
  await engines.waitForFunction(() => globalThis.check);
  const expected = await trainingLosses(ort, "cpu");
  console.log(`onnxruntime-node: losses ${expected.map((l) => l.toFixed(6)).join(" ")}`);
  for (const engine of ["wasm", "webgpu"] as const) failed = !(await check(engines, engine, expected)) || failed;
  const reader = await browser.newPage();
  await reader.goto(`${address}/pictures.html`);
  await reader.waitForFunction(() => globalThis.readPicture);
  failed = !(await checkPictures(reader, matrix)) || failed;
} finally {
  await browser.close();
  server.close();
}
process.exit(failed ? 1 : 0);
