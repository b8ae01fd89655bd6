import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawFolders } from "#taskhead/demo/folders.js";
import { serveStudio } from "#taskhead/studio/serve.js";
import { keptProject, probed, tableOf, Tabs } from "./tabs.js";
import { tinyNetwork, tinySide } from "./tiny-network.js";

const flags = "--enable-unsafe-webgpu --use-webgpu-adapter=swiftshader";

/** Remembers what devices a worker asks for, so that one can be lost under it. */
const remembering = `{
  const own = GPUAdapter.prototype.requestDevice;
  self.devices = [];
  GPUAdapter.prototype.requestDevice = async function (...asked) {
    const device = await own.apply(this, asked);
    self.devices.push(device);
    return device;
  };
}`;

/**
 * The studio on WebGPU, in software: it probes and fine-tunes there, and when the device is lost in the middle of that it goes
 * on on the processor.
 * @returns how many checks failed
 */
export async function checkGpu(executablePath: string, folder: string, shots?: string): Promise<number> {
  const { train } = await drawFolders(folder, 0);
  const { server, address } = await serveStudio(0);
  const tabs = await Tabs.open(executablePath, address, shots, flags);
  const began = performance.now();
  try {
    await checkLost(tabs, folder, train);
  } catch (error) {
    // What was waited for, and for how long.
    tabs.check("a GPU's part comes to its end", false, (error as Error).message.replace(/\s+/g, " "));
  } finally {
    console.log(`     the GPU's part took ${((performance.now() - began) / 1000).toFixed(0)} s`);
    await tabs.close();
    server.closeAllConnections();
    server.close();
  }
  return tabs.failed;
}

/** @throws {Error} what is waited for and does not come */
async function checkLost(tabs: Tabs, folder: string, train: string): Promise<void> {
  const page = await tabs.tab("?device=webgpu", remembering);
  const adapter = await Promise.race([
    page.evaluate<boolean>("(async () => Boolean(await navigator.gpu?.requestAdapter().catch(() => null)))()"),
    page.waitForTimeout(30_000).then(() => {
      throw new Error("Chromium says for 30 s neither that it has an adapter nor that it has none");
    }),
  ]);
  if (!adapter) {
    console.log("skipped: WebGPU, this Chromium gives no adapter");
    return;
  }
  const network = join(folder, "tiny.onnx");
  writeFileSync(network, tinyNetwork());
  await page.setInputFiles("[data-testid=onnx]", network);
  await page.waitForSelector(
    `[data-testid=backbone]:has-text('${tinySide}×${tinySide} pixels, the model’s fixed size')`,
  );
  await probed(page, { folder: train });
  const { device } = await keptProject(page);
  tabs.check("it computes on the GPU that was asked for", device === "webgpu", device);
  await page.fill("[data-testid=epochs]", "40");
  await page.click("button:has-text('alone')");
  await page.waitForSelector("text=epoch 5/40", { state: "attached", timeout: 300_000 });
  let devices = 0;
  for (const worker of page.workers()) {
    const destroyed = worker.evaluate<number>("(self.devices ?? []).map((device) => device.destroy()).length");
    // Threads of the runtime wait, and answer nobody.
    devices += await Promise.race([destroyed.catch(() => 0), page.waitForTimeout(2000).then(() => 0)]);
  }
  tabs.check("its device was there to lose", devices > 0, devices);
  await page.waitForSelector("[data-testid=lost]:not([hidden])", { timeout: 60_000 });
  const lost = await page.innerText("[data-testid=lost]");
  await tabs.shot(page, "9-lost");
  const table = await tableOf(page);
  const project = await keptProject(page);
  tabs.check("a lost GPU is survived, and said", project.device === "wasm" && /GPU was lost/.test(lost), lost);
  const row = table.split("\n").at(-1);
  tabs.check("fine-tuning came to its end there", /\d %/.test(row ?? ""), row);
  const notes = await page.locator(".notes li").allTextContents();
  const times = (epoch: number): number => notes.filter((note) => note.includes(`epoch ${epoch}/40`)).length;
  tabs.check(
    "it went on from a checkpoint",
    times(1) === 1 && times(40) === 1,
    `epochs 1 and 40 ended ${times(1)} and ${times(40)} times`,
  );
}
