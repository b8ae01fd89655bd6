/**
 * Trains a small convnet for six steps in Chromium, under onnxruntime-web on wasm and on WebGPU, and compares the losses
 * with onnxruntime-node's; then runs the graphs of the gradient checks of every operator there. One line per engine.
 *
 *     npm run check:browser [-- CASES_PER_OPERATOR]      CHROMIUM=/path/to/chromium if it is not at /usr/bin/chromium
 *
 * Exits non-zero if a loss differs by more than 1e-5 or an operator fails without having been refused. An engine that the
 * browser lacks is named and passed over.
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
import { inRepository } from "./paths.js";

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

async function bundledPage(): Promise<string> {
  const bundle = await rolldown({
    input: inRepository("scripts/browser/page.ts"),
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

/** The bytes of a path: the page, its script, or a file of onnxruntime-web; undefined for any other. */
function fileAt(path: string, script: string): string | Buffer | undefined {
  if (path === "/page.html") return '<script type="module" src="/page.js"></script>';
  if (path === "/page.js") return script;
  const [, name] = /^\/onnxruntime-web\/([\w.-]+)$/.exec(path) ?? [];
  const file = name && inRepository(`node_modules/onnxruntime-web/dist/${name}`);
  return file && existsSync(file) ? readFileSync(file) : undefined;
}

/** @returns the server, and the address of the page */
async function serve(script: string): Promise<{ server: Server; address: string }> {
  const server = createServer(({ url = "" }, response) => {
    const body = fileAt(url, script);
    if (body === undefined) return void response.writeHead(404).end();
    response.setHeader("content-type", types[extname(url)] ?? "application/octet-stream");
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const listening = server.address();
  if (listening === null || typeof listening === "string") throw new Error("the page's server has no port");
  return { server, address: `http://127.0.0.1:${listening.port}/page.html` };
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
const { server, address } = await serve(await bundledPage());
const browser = await chromium.launch({ executablePath, args: flags.split(" ") });
let failed = false;
try {
  const page = await browser.newPage();
  await page.goto(address);
  await page.waitForFunction(() => globalThis.check);
  const expected = await trainingLosses(ort, "cpu");
  console.log(`onnxruntime-node: losses ${expected.map((l) => l.toFixed(6)).join(" ")}`);
  for (const engine of ["wasm", "webgpu"] as const) failed = !(await check(page, engine, expected)) || failed;
} finally {
  await browser.close();
  server.close();
}
process.exit(failed ? 1 : 0);
