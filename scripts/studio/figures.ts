import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { createEngine, images, imagesInMemory, memoryStore, split, tune } from "@taskhead/core";
import { pickImages, plainPreprocessing } from "@taskhead/core/internals";
import * as ort from "onnxruntime-node";
import { drawFolders } from "#taskhead/demo/folders.js";
import { inRepository } from "../paths.js";
import { keptFile, keptProject, probed, targetsOf, type KeptProject, type Tabs } from "./tabs.js";
import type { Page } from "playwright-core";

const [side, batch, threads] = [32, 32, 2];
/** More than a thousand steps of three batches to an epoch: what comes after the last of them takes memory of its own. */
const epochs = 370;

/** First paint, steps a second beside Node's on the same machine, and memory over a thousand steps. */
export async function measure(tabs: Tabs, folder: string): Promise<void> {
  await drawFolders(folder, 0);
  const page = await tabs.tab("?device=wasm");
  await page.waitForSelector("h1");
  await page.waitForTimeout(1000);
  const paint = await page.evaluate<number>(
    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN",
  );
  tabs.check("first paint under 1 s", paint < 1000, `${paint.toFixed(0)} ms`);
  await probed(page, { folder: join(folder, "train") });
  await page.fill("[data-testid=epochs]", String(epochs));
  const project = await keptProject(page);
  const pixels = await keptFile(page, "samples.bin");
  const tau = Number(/From τ = ([\d.]+)/.exec(await page.innerText("button:has-text('alone')"))?.[1]);
  const inTab = await timed(tabs, page);
  const here = await inNode(project, pixels, tau);
  console.log(
    `     on ${cpus()[0]?.model ?? "?"}, ${threads} threads, batches of ${batch}, ${side} px, the embedded backbone`,
  );
  tabs.check(
    "steps a second in the tab are at least half of Node's",
    inTab.rate >= 0.5 * here,
    `${inTab.rate.toFixed(1)} in the tab, ${here.toFixed(1)} in Node: ${(inTab.rate / here).toFixed(2)} of it`,
  );
  tabs.check("memory is flat over 1,000 steps", inTab.grown < 0.05, inTab.told);
  await page.context().close();
}

/** Epochs that warm up are left out of the time. */
const warm = 20;
/** The epochs after which memory is looked at. */
const measured = [60, 150, 240, 334];

interface Timed {
  /** Steps a second. */
  readonly rate: number;
  /** Of the process's memory, as a share, once it has settled. */
  readonly grown: number;
  readonly told: string;
}

/** Steps of an epoch: 96 pictures. */
const stepsOf = (project: KeptProject): number => Math.ceil(partsOf(project).train.length / batch);
const partsOf = (project: KeptProject) => split(targetsOf(project), 0.2, 0);

/** Fine-tunes from the chosen start, and sees when epochs begin. */
async function timed(tabs: Tabs, page: Page): Promise<Timed> {
  await page.evaluate(`
    self.begun = {};
    new MutationObserver(() => {
      const epoch = /epoch (\\d+)\\//.exec([...document.querySelectorAll(".notes li")].at(-1)?.textContent ?? "")?.[1];
      if (epoch !== undefined) self.begun[epoch] ??= performance.now();
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  `);
  const steps = stepsOf(await keptProject(page));
  await page.click("button:has-text('alone')");
  const newest = () => page.evaluate<number>("Math.max(0, ...Object.keys(self.begun).map(Number))");
  const reached = async (epoch: number): Promise<void> => {
    while ((await newest()) < epoch) {
      if (await page.locator("[data-testid=headline], .fault:not([hidden])").count())
        throw new Error(`fine-tuning ended in epoch ${await newest()} of ${epochs}`);
      await page.waitForTimeout(200);
    }
  };
  const held: [epoch: number, bytes: number][] = [];
  for (const epoch of measured) {
    await reached(epoch);
    held.push([epoch, await tabs.heldBytes(page)]);
  }
  const begun = await page.evaluate<Record<string, number>>("self.begun");
  const of = Object.entries(begun).map(([epoch, at]) => ({ epoch: Number(epoch), at }));
  const from = of.find(({ epoch }) => epoch >= warm)!;
  const to = of.at(-1)!;
  const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  return {
    rate: (1000 * steps * (to.epoch - from.epoch)) / (to.at - from.at),
    grown: held.at(-1)![1] / held[0]![1] - 1,
    told: held.map(([epoch, bytes]) => `${mb(bytes)} after ${epoch * steps} steps`).join(", "),
  };
}

/** The same with the same pixels under onnxruntime-node. @returns steps a second */
async function inNode(project: KeptProject, pixels: Uint8Array, tau: number): Promise<number> {
  const targets = targetsOf(project);
  const source = imagesInMemory(pixels, targets, [3, side, side]);
  const parts = partsOf(project);
  const begun = new Map<number, number>();
  await tune({
    engine: createEngine(ort, { threads }),
    modality: images({ preprocessing: plainPreprocessing(side) }),
    backbone: { bytes: readFileSync(inRepository("packages/taskhead/assets/demo-backbone.onnx")) },
    sets: {
      train: { source: pickImages(source, parts.train, targets) },
      validation: { source: pickImages(source, parts.validation, targets) },
    },
    outputs: project.outputs,
    store: memoryStore(),
    settings: { taus: [tau], epochs, batch, seed: 0 },
    onProgress(event) {
      const epoch = event.kind === "message" ? /epoch (\d+)\//.exec(event.text)?.[1] : undefined;
      if (epoch !== undefined && !begun.has(Number(epoch))) begun.set(Number(epoch), performance.now());
    },
  });
  const last = Math.max(...begun.keys());
  const steps = Math.ceil(parts.train.length / batch);
  return (1000 * steps * (last - warm)) / (begun.get(last)! - begun.get(warm)!);
}
