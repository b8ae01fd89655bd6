import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeTables } from "#taskhead/demo/text/tables.js";
import { inRepository } from "../paths.js";
import { taskhead } from "./command-line.js";
import type { Tabs } from "./tabs.js";

/** The folder of a sweep opens as the page that the command line wrote there. */
export async function checkSweepTab(tabs: Tabs, folder: string): Promise<void> {
  const { train, test } = writeTables(join(folder, "texts"), 0);
  const out = join(folder, "sweep");
  const encoder = inRepository("packages/taskhead/assets/demo-encoder");
  const grid = ["--taus", "0,4", "--lr", "1e-3", "--seeds", "0,1", "--epochs", "2"];
  taskhead("sweep", train, "--backbone", encoder, "--test", test, "--out", out, ...grid);
  const page = await tabs.tab();
  await page.setInputFiles("[data-testid=folder]", out);
  const frame = page.frameLocator("iframe.report");
  await frame.locator("h1").waitFor();
  const written = await tabs.tab();
  await written.setContent(readFileSync(join(out, "report.html"), "utf8"));
  const [theirs, own] = [await written.innerText("body"), await frame.locator("body").innerText()];
  const [charts, drawn] = [await written.locator("svg").count(), await frame.locator("svg").count()];
  tabs.check(
    "a sweep's folder opens as the page that the command line wrote there",
    own === theirs && drawn === charts && drawn > 0,
    `${(await frame.locator("h1").innerText()).replace(/\s+/g, " ")} (${drawn} of ${charts} charts)`,
  );
  await tabs.shot(page, "32-sweep");
  await tabs.accessible(page, "with a sweep");
  for (const one of [page, written]) await one.context().close();
}
