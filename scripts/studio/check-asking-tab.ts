import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join, parse } from "node:path";
import { inRepository } from "../paths.js";
import { probed, settledText, tableOf, tuned, type Tabs } from "./tabs.js";

const [count, side] = [16, 96] as const;

/**
 * A segmentation model of a real backbone that is asked about a picture while a forecast is made answers at once, and the forecast
 * comes afterwards; one whose file was changed meanwhile is not asked. The data lies beside the project, and is not shipped.
 */
export async function checkAskingTab(tabs: Tabs, folder: string): Promise<void> {
  const shared = inRepository("../shared");
  const [camvid, net] = [join(shared, "data/camvid"), join(shared, "models/tiny-darknet.onnx")];
  if (!existsSync(camvid) || !existsSync(net)) return console.log("skipped: there is no camvid in ../shared");
  const data = join(folder, "streets");
  for (const part of ["images", "masks"]) mkdirSync(join(data, part), { recursive: true });
  const pictures = readdirSync(join(camvid, "train/images")).toSorted().slice(0, count);
  copyFileSync(join(camvid, "classes.json"), join(data, "classes.json"));
  for (const name of pictures) {
    const mask = `${parse(name).name}.png`;
    copyFileSync(join(camvid, "train/images", name), join(data, "images", name));
    copyFileSync(join(camvid, "train/masks", mask), join(data, "masks", mask));
  }
  const page = await tabs.tab();
  await page.setInputFiles("[data-testid=folder]", data);
  await page.waitForSelector("[data-testid=given]");
  await page.setInputFiles("[data-testid=onnx]", net);
  await page.fill("[data-testid=side]", String(side));
  await page.press("[data-testid=side]", "Tab");
  await probed(page);
  await tuned(page, 1);
  await tableOf(page);
  await page.fill("[data-testid=epochs]", "6");
  // From here on one is due, or made.
  await page.waitForSelector("[data-testid=forecast]:has-text('…')", { timeout: 10_000 });
  await page.setInputFiles("[data-testid=ask]", join(data, "images", pictures[0]!));
  await page.waitForSelector("[data-testid=answer] li, .try .fault:not([hidden])", { timeout: 300_000 });
  const answer = (await page.innerText("[data-testid=answer]")).replace(/\s+/g, " ").trim();
  tabs.check("a picture is answered while a forecast is due or made", /\d %/.test(answer), answer);
  await tabs.shot(page, "36-asked-meanwhile");
  const forecast = await settledText(page, "[data-testid=forecast]", (text) => !text.endsWith("…"));
  tabs.check("and the forecast comes afterwards", forecast.includes("features will move"), forecast);

  await page.evaluate(`(async () => {
    let folder = await navigator.storage.getDirectory();
    for (const name of ["studio", "run", "model", "onnx"]) folder = await folder.getDirectoryHandle(name);
    const stream = await (await folder.getFileHandle("model.onnx")).createWritable({ keepExistingData: true });
    await stream.write({ type: "write", position: 4000, data: new Uint8Array(8).fill(85) });
    await stream.close();
  })()`);
  await page.setInputFiles("[data-testid=ask]", join(data, "images", pictures[1]!));
  await page.waitForSelector(".try .fault:not([hidden])", { timeout: 120_000 });
  const fault = await page.innerText(".try .fault");
  tabs.check("a model that was changed is not asked", fault.includes("is not what taskhead exported"), fault);
  await page.context().close();
}
