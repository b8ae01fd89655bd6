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
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import ort from "onnxruntime-node";
import { chromium } from "playwright-core";
import { rolldown } from "rolldown";
import { trainingLosses } from "./browser/convnet.js";

const tolerance = 1e-5;
/** Of single operators: a GPU's sines are good to 2e-4. */
const operatorTolerance = 5e-4;
const perOperator = Number(process.argv[2] ?? 2);
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const flags =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update " +
  "--disable-sync --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader";
const inRepository = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

async function bundledPage() {
  const bundle = await rolldown({
    input: inRepository("scripts/browser/page.js"),
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

function serve(page) {
  const types = { html: "text/html", js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm" };
  const server = createServer(({ url }, response) => {
    const [, file] = /^\/onnxruntime-web\/([\w.-]+)$/.exec(url) ?? [];
    const path = file && inRepository(`node_modules/onnxruntime-web/dist/${file}`);
    const body = { "/": '<script type="module" src="/page.js"></script>', "/page.js": page }[url];
    if (body === undefined && !(path && existsSync(path))) return response.writeHead(404).end();
    response.setHeader("content-type", types[url === "/" ? "html" : url.split(".").at(-1)]);
    response.end(body ?? readFileSync(path));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

if (!existsSync(executablePath)) {
  console.error(`there is no Chromium at ${executablePath}; set CHROMIUM to its path`);
  process.exit(1);
}
const server = await serve(await bundledPage());
const browser = await chromium.launch({ executablePath, args: flags.split(" ") });
let failed = false;
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.waitForFunction(() => globalThis.check);
  const expected = await trainingLosses(ort, "cpu");
  console.log(`onnxruntime-node: losses ${expected.map((l) => l.toFixed(6)).join(" ")}`);
  for (const engine of ["wasm", "webgpu"]) {
    const missing = await page.evaluate((name) => globalThis.check.missing(name), engine);
    if (missing) {
      console.log(`${engine}: not there, ${missing}`);
      continue;
    }
    const losses = await page.evaluate((name) => globalThis.check.trainingLosses(name), engine);
    const worst = Math.max(...losses.map((l, i) => Math.abs(l - expected[i])));
    const operators = await page.evaluate(
      (given) => globalThis.check.compareOperators(...given),
      [engine, perOperator, operatorTolerance],
    );
    const ok = losses.length === 6 && worst <= tolerance && operators.failures.length === 0;
    failed ||= !ok;
    console.log(
      `${engine}: six losses, largest difference ${worst.toExponential(1)}; operators: ${operators.agree} cases ${engine === "wasm" ? "run" : "agree with wasm"}, ` +
        `${operators.refused} refused beforehand, ${operators.failures.length} fail: ${ok ? "ok" : "FAIL"}`,
    );
    for (const line of operators.failures) console.log(`  ${line}`);
  }
} finally {
  await browser.close();
  server.close();
}
process.exit(failed ? 1 : 0);
