import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { split } from "@taskhead/core";
import { zipSync } from "fflate";
import { drawFolders } from "#taskhead/demo/folders.js";
import { targetClasses } from "#taskhead/demo/draw.js";
import { csv } from "#taskhead/files/csv.js";
import { imagesIn } from "#taskhead/images/image-folder.js";
import { taskhead } from "./command-line.js";
import { unpack } from "./served.js";
import { downloaded, headlineOf, keptProject, probed, tableOf, targetsOf, tuned, type Tabs } from "./tabs.js";

const epochs = 2;

/** A picture by its place in a folder, and the class that it was drawn as. */
interface Drawn {
  readonly path: string;
  readonly label: number;
}

/**
 * Pictures with files of labels: several labels, in a folder for each set; numbers, as a zip of one folder. What the file says is
 * found and said, and the downloaded model scores under `taskhead evaluate` what the page says, on the same files.
 */
export async function checkLabelledTab(tabs: Tabs, folder: string): Promise<void> {
  await drawFolders(folder, 0);
  await checkLabels(tabs, folder);
  await checkNumbers(tabs, folder);
}

async function checkLabels(tabs: Tabs, folder: string): Promise<void> {
  const check = (what: string, holds: boolean, found: unknown): void => tabs.check(`labels: ${what}`, holds, found);
  for (const set of ["train", "test"]) {
    const lines = (await drawn(join(folder, set))).map(({ path, label }, i) => ({
      file_name: path,
      early: i % 9 === 4 ? null : label < 2,
      even: label % 2 === 0 ? "yes" : "no",
    }));
    writeFileSync(join(folder, set, "metadata.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"));
  }
  const page = await tabs.tab();
  await page.setInputFiles("[data-testid=folder]", folder);
  await page.waitForSelector("[data-testid=given]");
  const given = (await page.innerText("[data-testid=given]")).replace(/\s+/g, " ");
  check("they are counted", /^\d+ pictures with 2 labels: early \d+ even \d+$/.test(given), given);
  const said = (await page.innerText("[data-testid=sets]")).replace(/\s+/g, " ");
  const name = basename(folder);
  const sets = `to train on (${name}/train/metadata.jsonl), 300 to test on (${name}/test/metadata.jsonl)`;
  check("it is said which set has how many", said.includes(sets), said);
  await tabs.shot(page, "33-labelled");
  await probed(page);
  await tuned(page, epochs);
  await tableOf(page);
  const headline = await headlineOf(page);
  await tabs.shot(page, "34-labelled-tuned");
  await tabs.accessible(page, "with pictures that a file says labels of");
  const model = join(folder, "labels-model");
  unpack(await downloaded(page, "Download the model"), model);
  const { score } = taskhead<{ score: number }>("evaluate", model, join(folder, "test"));
  const expected = `mean ROC-AUC ${score.toFixed(3)} on the test pictures`;
  check("taskhead evaluate scores the test set as the page", headline.includes(expected), `${expected} (${headline})`);
  await page.context().close();
}

async function checkNumbers(tabs: Tabs, folder: string): Promise<void> {
  const check = (what: string, holds: boolean, found: unknown): void => tabs.check(`numbers: ${what}`, holds, found);
  const photos = join(folder, "photos");
  mkdirSync(photos);
  const files: Record<string, Uint8Array> = {};
  const rows: string[][] = [];
  for (const [i, { path, label }] of (await drawn(join(folder, "train"))).entries()) {
    files[`photos/in/${i}.png`] = readFileSync(join(folder, "train", path));
    rows.push([`in/${i}.png`, (label + i / 1000).toFixed(3)]);
  }
  files["photos/metadata.csv"] = Buffer.from(csv([["file_name", "corners"], ...rows, ["in/none.png", "1"]]));
  const zip = join(folder, "photos.zip");
  writeFileSync(zip, zipSync(files));
  const page = await tabs.tab();
  await page.setInputFiles("[data-testid=file]", zip);
  await page.waitForSelector("[data-testid=given]");
  const taken = await page.inputValue("[data-testid=task]");
  const step = await page.innerText(".step >> nth=0");
  check("they are found", taken === "regression" && step.includes("pictures with 1 number"), taken);
  check(
    "a row without a picture is told",
    step.includes("there is no file 'in/none.png'"),
    /skipped.*/.exec(step)?.[0],
  );
  await probed(page);
  await tuned(page, epochs);
  await tableOf(page);
  const headline = await headlineOf(page);
  const project = await keptProject(page);
  const { validation } = split(targetsOf(project), 0.2, 0);
  const kept = validation.map((i) => rows.find(([path]) => `photos/${path}` === project.names[i])!);
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  writeFileSync(join(photos, "kept.csv"), csv([["file_name", "corners"], ...kept]));
  const model = join(folder, "numbers-model");
  unpack(await downloaded(page, "Download the model"), model);
  const { score } = taskhead<{ score: number }>("evaluate", model, join(photos, "kept.csv"));
  const expected = `R² ${score.toFixed(3)} on the validation pictures`;
  check(
    "taskhead evaluate scores those kept back as the page",
    headline.startsWith(expected),
    `${expected} (${headline})`,
  );
  await page.context().close();
}

async function drawn(folder: string): Promise<Drawn[]> {
  return (await imagesIn(folder)).map((path) => ({
    path,
    label: targetClasses.findIndex((name) => path.startsWith(`${name}/`)),
  }));
}
