import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { writeTables } from "#taskhead/demo/text/tables.js";
import { serveStudio } from "#taskhead/studio/serve.js";
import { inRepository } from "../paths.js";
import { probed, Tabs } from "./tabs.js";

const encoder = inRepository("packages/taskhead/assets/demo-encoder");
const prefix = "/demo/encoder/resolve/main/";

/**
 * A model is fetched by its id from a hub that this machine stands for, only when it is asked for, and nothing else is asked
 * of anyone.
 * @returns how many checks failed
 */
export async function checkHub(executablePath: string, folder: string, shots?: string): Promise<number> {
  mkdirSync(folder, { recursive: true });
  const { train } = writeTables(folder, 0);
  const asked: string[] = [];
  const hub = createServer(({ url = "" }, response) => {
    asked.push(url);
    const file = url.startsWith(prefix) ? join(encoder, url.slice(prefix.length)) : "";
    // As the hub allows every page.
    response.setHeader("access-control-allow-origin", "*");
    if (file === "" || !existsSync(file)) return void response.writeHead(404).end();
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => hub.listen(0, "127.0.0.1", resolve));
  const at = hub.address();
  const base = `http://127.0.0.1:${typeof at === "object" && at ? at.port : 0}`;
  const { server, address } = await serveStudio(0, { hub: base });
  const tabs = await Tabs.open(executablePath, address, shots);
  try {
    const page = await tabs.tab();
    await page.setInputFiles("[data-testid=file]", train);
    await page.waitForSelector("[data-testid=given]");
    tabs.check("the hub is not asked before someone does", asked.length === 0, asked.length);
    await page.fill("[data-testid=hub-id]", "demo/none");
    await page.click("text=Fetch it");
    await page.waitForSelector("text=has no model 'demo/none'");
    await page.fill("[data-testid=hub-id]", "demo/encoder");
    await page.click("text=Fetch it");
    await page.waitForSelector("[data-testid=backbone]:has-text('demo/encoder')");
    await tabs.shot(page, "8-hub");
    await probed(page);
    const own = asked.filter((url) => url.startsWith(prefix));
    tabs.check(
      "a model is fetched by its id, and probed",
      own.includes(`${prefix}onnx/model.onnx`),
      `${own.length} files asked for`,
    );
    const origins = [...tabs.asked].filter((origin) => ![base, new URL(address).origin, "null"].includes(origin));
    tabs.check("nothing is asked of others than the hub", origins.length === 0, origins.join(" ") || "nothing");
  } finally {
    await tabs.close();
    for (const one of [server, hub]) {
      one.closeAllConnections();
      one.close();
    }
  }
  return tabs.failed;
}
