import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { split } from "@taskhead/core";
import { zipSync } from "fflate";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { onePng } from "../one-png.js";
import { taskhead } from "./command-line.js";
import { unpack } from "./served.js";
import { checkResumed, downloaded, headlineOf, keptProject, probed, tableOf, tuned, type Tabs } from "./tabs.js";

const [count, width, height] = [40, 96, 80] as const;
const epochs = 4;

/** Values of masks: what stands for nothing, and the three classes. */
const values = { none: 255, sky: 4, disc: 9, ground: 2 };
const colours: Readonly<Record<number, readonly number[]>> = {
  [values.sky]: [90, 160, 220],
  [values.disc]: [220, 60, 50],
  [values.ground]: [90, 140, 60],
};

/**
 * Pictures with masks as PNGs of a palette, of 8 and of 16 bits: found and said, probed and fine-tuned, a picture asked and its
 * classes shown over it, the report with the maps, and the downloaded model as `taskhead predict` and `taskhead evaluate` have
 * it; what cannot be read is said in a line.
 */
export async function checkMasksTab(tabs: Tabs, folder: string): Promise<void> {
  const data = join(folder, "discs");
  await drawDiscs(data, { "": [0, count] });
  const page = await tabs.tab();
  await page.setInputFiles("[data-testid=folder]", data);
  await page.waitForSelector("[data-testid=given]");
  const said = (await page.innerText(".step >> nth=0")).replace(/\s+/g, " ");
  tabs.check(
    "pictures with masks are found and said",
    /40 pictures with masks of 3 classes: sky \d+\.\d %, disc \d+\.\d %, ground \d+\.\d %/.test(said) &&
      /reads pictures from discs\/images and the class of each pixel from discs\/masks/.test(said),
    /40 .*/.exec(said)?.[0],
  );
  await tabs.shot(page, "17-masks");
  await probed(page);
  await page.waitForSelector("[data-testid=forecast]:has-text('features will move')", { timeout: 120_000 });
  const told = await page.innerText(".step >> nth=2");
  tabs.check(
    "it is said at which size masks are learnt",
    /Masks are learnt at 32×32, by their nearest pixels, as their own 96×80 has more than 4 times as many pixels;/.test(
      told,
    ),
    /Masks .*/.exec(told)?.[0],
  );
  await tabs.shot(page, "18-masks-probed");
  await tuned(page, epochs);
  const table = await tableOf(page);
  tabs.check("the table of starts is in its metric", table.includes("fine-tuned, mIoU"), table);
  const picture = join(data, "images", "0.png");
  await page.setInputFiles("[data-testid=ask]", picture);
  await page.waitForSelector("[data-testid=answer] li");
  const answer = (await page.innerText("[data-testid=answer]")).replace(/\s+/g, " ").trim();
  const drawn = await page.evaluate<number>(`(() => {
    const { width, height } = document.querySelector(".seen canvas");
    return width * 1000 + height;
  })()`);
  tabs.check("the classes are drawn over the picture, pixel by pixel", drawn === width * 1000 + height, drawn);
  await page.click("summary:has-text('The whole report')");
  const report = page.frameLocator("iframe.report").locator("body");
  await report.locator(".maps img").first().waitFor();
  const maps = await report.locator(".maps figcaption").allInnerTexts();
  tabs.check(
    "the report shows pictures, labels and answers",
    ["image", "labelled", "probed head", "fine-tuned"].every((one) => maps.includes(one)),
    `${maps.length} pictures`,
  );
  await tabs.shot(page, "19-masks-tuned");
  await tabs.accessible(page, "with masks");

  const model = join(folder, "model");
  unpack(await downloaded(page, "Download the model"), model);
  const { predictions } = taskhead<{ predictions: Parts[] }>("predict", model, picture);
  const theirs = predictions[0]!.classes.map(({ label, part }) => `${label} ${(100 * part).toFixed(1)} %`).join(" ");
  tabs.check("taskhead predict says the same of a picture", theirs === answer, `${theirs} (tab: ${answer})`);
  const { score } = taskhead<{ score: number }>("evaluate", model, await keptBack(page, data, folder));
  const headline = await headlineOf(page);
  const expected = `MIoU ${(100 * score).toFixed(1)} % on the validation pictures`;
  tabs.check(
    "its score under taskhead evaluate is the one that was reported",
    headline.toLowerCase().startsWith(expected.toLowerCase()),
    `${expected} (${headline})`,
  );
  await page.context().close();

  const zip = join(folder, "discs.zip");
  writeFileSync(zip, zipOfDiscs(data));
  await checkResumed(tabs, "a tab with a zip of masks, loaded again,", { given: { file: zip } }, epochs, table);
  await checkRefusals(tabs, data, folder);
}

interface Parts {
  readonly classes: readonly { readonly label: string; readonly part: number }[];
}

/**
 * A disc in the sky above the ground, each at another place, and a border that does not count.
 * @param sets of each folder which of them it has
 */
export async function drawDiscs(
  folder: string,
  sets: Readonly<Record<string, readonly [from: number, to: number]>>,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "classes.json"),
    JSON.stringify({ classes: { sky: values.sky, disc: values.disc, ground: values.ground }, ignore: values.none }),
  );
  for (const [set, [from, to]] of Object.entries(sets)) await drawSet(join(folder, set), from, to);
}

async function drawSet(folder: string, from: number, to: number): Promise<void> {
  for (const part of ["images", "masks"]) mkdirSync(join(folder, part), { recursive: true });
  for (let n = from; n < to; n++) {
    const [x0, y0, r] = [15 + ((n * 29) % 66), 14 + ((n * 17) % 34), 9 + (n % 5) * 2];
    const mask = Uint8Array.from({ length: width * height }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      if (x < 2) return values.none;
      return (x - x0) ** 2 + (y - y0) ** 2 < r * r ? values.disc : y > 58 + (n % 7) ? values.ground : values.sky;
    });
    const pixels = Buffer.from(
      Array.from(mask).flatMap((value, i) =>
        [0, 1, 2].map((c) => (colours[value]?.[c] ?? 128) - 16 + ((i * 31 + c * 17 + n * 7) % 33)),
      ),
    );
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(folder, "images", `${n}.png`));
    const way = [{ palette: true }, { depth: 8 }, { depth: 16 }][n % 3]!;
    writeFileSync(join(folder, "masks", `${n}.png`), onePng(mask, width, { ...way, filter: n % 5 }));
  }
}

/** A folder of the samples that were kept back, by the same split. */
async function keptBack(page: Page, data: string, folder: string): Promise<string> {
  const { names } = await keptProject(page);
  const targets = { data: new Int32Array(names.length), shape: [1, 1] };
  const { validation } = split(targets, 0.2, 0);
  const kept = join(folder, "kept");
  for (const part of ["images", "masks"]) mkdirSync(join(kept, part), { recursive: true });
  copyFileSync(join(data, "classes.json"), join(kept, "classes.json"));
  for (const i of validation) {
    const name = names[i]!.split("/").at(-1)!;
    for (const part of ["images", "masks"]) copyFileSync(join(data, part, name), join(kept, part, name));
  }
  return kept;
}

function zipOfDiscs(data: string): Uint8Array {
  const names = Array.from({ length: count }, (_, n) => [`images/${n}.png`, `masks/${n}.png`]).flat();
  return zipSync(
    Object.fromEntries(
      ["classes.json", ...names].map((name) => [`discs/${name}`, new Uint8Array(readFileSync(join(data, name)))]),
    ),
  );
}

/** Each in a line that names the file, the place and what to do. */
async function checkRefusals(tabs: Tabs, data: string, folder: string): Promise<void> {
  const page = await tabs.tab();
  const own = join(folder, "wrong");
  for (const part of ["images", "masks"]) mkdirSync(join(own, part), { recursive: true });
  copyFileSync(join(data, "images", "0.png"), join(own, "images", "0.png"));
  const mask = join(own, "masks", "0.png");
  const told = async (): Promise<string> => {
    await page.setInputFiles("[data-testid=folder]", own);
    await page.waitForSelector(".step .fault:not([hidden])");
    return page.innerText(".step .fault:not([hidden]) >> nth=0");
  };
  copyFileSync(join(data, "images", "0.png"), mask);
  const coloured = await told();
  tabs.check(
    "a mask of colours is refused in a line",
    /wrong\/masks\/0\.png: it holds colours; give a file of classes and their colours as classes\.json/.test(coloured),
    coloured,
  );
  copyFileSync(join(data, "classes.json"), join(own, "classes.json"));
  writeFileSync(mask, onePng(new Uint8Array(width * height).fill(7), width));
  await page.reload();
  const stranger = await told();
  tabs.check(
    "a value that is no class is refused in a line",
    /wrong\/masks\/0\.png: it holds the value 7 at x 0, y 0, which is no class; add it to classes\.json/.test(stranger),
    stranger,
  );
  await page.context().close();
}
