import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { inRepository } from "../paths.js";
import { writeMolecules } from "./check-molecules-tab.js";
import { probed, tableOf, Tabs, tuned } from "./tabs.js";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/** Bytes of a folder's scripts with gzip, ONNX Runtime's left out. */
function scriptBytes(folder: string): number {
  const names = readdirSync(folder).filter((name) => /\.m?js$/.test(name) && !name.startsWith("ort"));
  return names.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name))).length, 0);
}

/**
 * The built page from a host that sends files and no header of ours, in a folder of it: molecules, whose reader takes more than
 * files, are made graphs of and fine-tuned on, and nothing is asked of others.
 * @returns how many checks failed
 */
export async function checkStatic(executablePath: string, folder: string, shots?: string): Promise<number> {
  const built = inRepository("packages/taskhead/dist/studio-page");
  const host = createServer(({ url = "" }, response) => {
    const path = new URL(url, "http://host").pathname.replace(/^\/pages\/studio\//, "");
    const file = join(built, path === "" ? "index.html" : path);
    if (!existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
  const at = host.address();
  const origin = `http://127.0.0.1:${typeof at === "object" && at ? at.port : 0}`;
  const tabs = await Tabs.open(executablePath, `${origin}/pages/studio/`, shots);
  try {
    const own = scriptBytes(join(built, "assets"));
    tabs.check(
      "all scripts but the runtime's come to less than 1 MB with gzip",
      own < 1e6,
      `${Math.round(own / 1000)} kB`,
    );
    const [table, net] = writeMolecules(folder);
    const page = await tabs.tab();
    await page.setInputFiles("[data-testid=file]", table);
    await page.waitForSelector("[data-testid=given]");
    await page.setInputFiles("[data-testid=onnx]", net);
    await page.waitForSelector("[data-testid=backbone]:has-text('net.onnx')");
    await probed(page);
    await tuned(page, 2);
    const runs = await tableOf(page);
    const isolated = await page.evaluate<boolean>("crossOriginIsolated");
    tabs.check("a host that sends no headers serves molecules, too", !isolated && runs.includes("fine-tuned"), runs);
    await page.fill("[data-testid=ask]", "CCN");
    await page.waitForSelector(".asked img");
    const others = [...tabs.asked].filter((one) => one !== origin && one !== "null");
    tabs.check("there, too, nothing is asked of others", others.length === 0, others.join(" ") || "nothing");
  } finally {
    await tabs.close();
    host.closeAllConnections();
    host.close();
  }
  return tabs.failed;
}
