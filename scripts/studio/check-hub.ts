import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { writeTables } from "#taskhead/demo/text/tables.js";
import { serveStudio } from "#taskhead/studio/serve.js";
import { inRepository } from "../paths.js";
import { partedEncoder } from "./check-weights-tab.js";
import { probed, Tabs } from "./tabs.js";

/** Of each model: where its files are asked for. */
const prefixOf = (id: string): string => `/${id}/resolve/main/`;

/**
 * A model is fetched by its id from a hub that this machine stands for, only when it is asked for, and nothing else is asked
 * of anyone.
 * @returns how many checks failed
 */
export async function checkHub(executablePath: string, folder: string, shots?: string): Promise<number> {
  mkdirSync(folder, { recursive: true });
  const { train } = writeTables(folder, 0);
  const models = new Map([
    [prefixOf("demo/encoder"), inRepository("packages/taskhead/assets/demo-encoder")],
    [prefixOf("demo/parted"), partedEncoder(folder)],
  ]);
  const asked: string[] = [];
  const hub = createServer(({ url = "" }, response) => {
    asked.push(url);
    const [prefix, model] = [...models].find(([one]) => url.startsWith(one)) ?? ["", undefined];
    const file = model === undefined ? "" : join(model, url.slice(prefix.length));
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
    const page = await withTexts(tabs, train);
    tabs.check("the hub is not asked before someone does", asked.length === 0, asked.length);
    await page.fill("[data-testid=hub-id]", "demo/none");
    await page.click("text=Fetch it");
    await page.waitForSelector("text=has no model 'demo/none'");
    await page.context().close();
    const scores: string[] = [];
    for (const [id, file] of [
      ["demo/encoder", "onnx/model.onnx"],
      ["demo/parted", "onnx/model.onnx_data"],
    ] as const) {
      const own = await withTexts(tabs, train);
      await own.fill("[data-testid=hub-id]", id);
      await own.click("text=Fetch it");
      await own.waitForSelector(`[data-testid=backbone]:has-text('${id}')`);
      await tabs.shot(own, `8-hub-${id.split("/").at(-1)!}`);
      await probed(own);
      scores.push(await own.innerText(".drag span"));
      await own.context().close();
      const files = asked.filter((url) => url.startsWith(prefixOf(id)));
      const fetched = files.includes(`${prefixOf(id)}${file}`);
      tabs.check(`${id} is fetched by its id, and probed`, fetched, `${files.length} files asked for`);
    }
    tabs.check("weights beside its model are fetched with it", scores[0] === scores[1], scores.join(" / "));
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

async function withTexts(tabs: Tabs, train: string): Promise<Page> {
  const page = await tabs.tab();
  await page.setInputFiles("[data-testid=file]", train);
  await page.waitForSelector("[data-testid=given]");
  return page;
}
