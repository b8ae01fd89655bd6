import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { split } from "@taskhead/core";
import type { Answer } from "@taskhead/core/internals";
import type { Page } from "playwright-core";
import { labelled } from "#taskhead/demo/text/tables.js";
import { csv } from "#taskhead/files/csv.js";
import { inRepository } from "../paths.js";
import { taskhead } from "./command-line.js";
import { parquet } from "./parquet.js";
import { unpack } from "./served.js";
import { answerOf, downloaded, headlineOf, keptFile, keptProject, probed, tableOf, targetsOf, tuned } from "./tabs.js";
import type { Tabs } from "./tabs.js";

/** A table of texts, and how it should be taken. */
interface Sheet {
  readonly name: string;
  readonly task: "regression" | "multi-label";
  /** With its header, as CSV has it. */
  readonly rows: readonly (readonly string[])[];
  readonly given: RegExp;
  readonly said: RegExp;
  readonly metric: string;
}

const sentence = "my parcel has still not arrived";
const requests = labelled(0, 0, 24);

/** How urgent each intent is, and a little more the longer it is put. */
const urgency: Sheet = {
  name: "urgency",
  task: "regression",
  rows: [
    ["text", "urgency"],
    ...requests.map(({ text, label }) => [text, (10 * label + text.length / 100).toFixed(2)]),
  ],
  given: /^192 texts with 1 number: urgency 0\.\d+ to 7\d\.\d+$/,
  said: /reads texts from column 'text' and numbers from column 'urgency' of urgency\.csv/,
  metric: "R²",
};

/** Two labels of intents and one of length, some not known. */
const labels: Sheet = {
  name: "labels",
  task: "multi-label",
  rows: [
    ["text", "early", "even", "long"],
    ...requests.map(({ text, label }, i) => [
      text,
      i % 17 === 3 ? "" : String(Number(label < 3)),
      label % 2 === 0 ? "yes" : "no",
      String(Number(text.length > 50)),
    ]),
  ],
  given: /^192 texts with 3 labels: early \d+, even 96, long \d+$/,
  said: /reads texts from column 'text' and labels from columns 'early', 'even' and 'long' of labels\.csv/,
  metric: "mean ROC-AUC",
};

/**
 * Tables of numbers and of several labels: the task is found and said, overruled and taken again, probed and fine-tuned on the
 * embedded encoder, a sentence asked, and the downloaded model scored by `taskhead evaluate` on the samples that were kept back.
 */
export async function checkTablesTab(tabs: Tabs, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const sheet of [urgency, labels]) await checkSheet(tabs, join(folder, sheet.name), sheet);
}

async function checkSheet(tabs: Tabs, folder: string, sheet: Sheet): Promise<void> {
  const { name, task, rows, metric } = sheet;
  const check = (what: string, holds: boolean, found: unknown): void => tabs.check(`${task}: ${what}`, holds, found);
  mkdirSync(folder, { recursive: true });
  const table = join(folder, `${name}.csv`);
  writeFileSync(table, csv(rows));
  const page = await tabs.tab();
  await page.setInputFiles("[data-testid=file]", table);
  const given = await givenIn(page);
  check("what a table says is counted", sheet.given.test(given), given);
  const taken = await page.inputValue("[data-testid=task]");
  const said = await page.innerText(".said >> nth=0");
  check("the task is found and said", taken === task && sheet.said.test(said), `${taken}; ${said}`);
  await page.selectOption("[data-testid=task]", "classification");
  await page.waitForSelector("[data-testid=given]:has-text('classes'), .step .fault:not([hidden])");
  const overruled = await page.innerText(".step >> nth=0");
  check("it can be overruled", /texts of \d+ classes|Nothing was taken/.test(overruled), lastLine(overruled));
  await page.selectOption("[data-testid=task]", task);
  await page.waitForSelector(`[data-testid=given]:has-text('${task === "regression" ? "number" : "label"}')`);
  check("and taken again", (await givenIn(page)) === given, await givenIn(page));
  await tabs.shot(page, `10-${task}`);

  await probed(page);
  await page.waitForSelector("[data-testid=forecast]:has-text('features will move')", { timeout: 120_000 });
  await tabs.shot(page, `11-${task}-probed`);
  await tuned(page, 3);
  const runs = await tableOf(page);
  check("the table of starts is in its metric", runs.includes(`fine-tuned, ${metric}`) && !runs.includes("%"), runs);
  await page.fill("[data-testid=ask]", sentence);
  const first = await answerOf(page);
  const answer = (await page.innerText("[data-testid=answer]")).replace(/\s+/g, " ");
  await tabs.shot(page, `12-${task}-tuned`);
  await tabs.accessible(page, `with a table for ${task}`);
  const later = (await page.locator(".step").allInnerTexts()).slice(2).join("\n");
  check("nothing speaks of classes", !/class|accuracy/i.test(later), /.*(class|accuracy).*/i.exec(later)?.[0] ?? "");
  const report = page.frameLocator("iframe.report").locator("body");
  await page.click("summary:has-text('The whole report')");
  check("the report is in its metric", (await report.innerText()).includes(metric), metric);

  const model = join(folder, "model");
  const files = unpack(await downloaded(page, "Download the model"), model);
  check("the zip is a model's folder", files.includes("onnx/model.onnx"), files.join(" "));
  const { predictions } = taskhead<{ predictions: Answer[] }>("predict", model, sentence);
  const theirs = inWords(predictions[0]!);
  check("taskhead predict says the same of a sentence", theirs === answer, `${theirs} (tab: ${first} …)`);
  const kept = await keptBack(page, folder, rows);
  const { score } = taskhead<{ score: number }>("evaluate", model, kept);
  const headline = await headlineOf(page);
  check(
    "its score under taskhead evaluate is the one that was reported",
    headline.toLowerCase().startsWith(`${metric} ${score.toFixed(3)} on the validation texts`.toLowerCase()),
    `${score.toFixed(3)} (${headline})`,
  );
  await page.context().close();
}

/**
 * The table of labels as Parquet comes to the same runs as the one of CSV; every way to compress is undone in the tab; and what
 * reads such files is loaded when there is one.
 */
export async function checkParquetTab(tabs: Tabs, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const runs: string[] = [];
  const readers: number[] = [];
  const [header, ...rows] = labels.rows;
  const shards = join(folder, "shards", "data");
  mkdirSync(shards, { recursive: true });
  writeFileSync(join(shards, "train-00000-of-00002.parquet"), parquet([header!, ...rows.slice(0, 90)]));
  writeFileSync(join(shards, "train-00001-of-00002.parquet"), parquet([header!, ...rows.slice(90)]));
  writeFileSync(join(shards, "test-00000-of-00001.parquet"), parquet(labels.rows));
  writeFileSync(join(folder, "labels.csv"), csv(labels.rows));
  writeFileSync(join(folder, "labels.parquet"), parquet(labels.rows));
  for (const name of ["labels.csv", "labels.parquet", "shards"]) {
    const page = await tabs.tab();
    let asked = 0;
    page.on("request", (request) => void (asked += Number(request.url().includes("/parquet-"))));
    const path = join(folder, name);
    await probed(page, name === "shards" ? { folder: path } : { file: path });
    await tuned(page, 1);
    runs.push(await tableOf(page));
    readers.push(asked);
    if (name.endsWith("parquet")) await tabs.shot(page, "13-parquet");
    await page.context().close();
  }
  tabs.check("a Parquet table does as the same one of CSV", runs[0] === runs[1], runs.slice(0, 2).join(" / "));
  tabs.check("so do the parts of it in a data set's folder", runs[0] === runs[2], runs[2]);
  tabs.check("what reads Parquet is loaded on demand", readers[0] === 0 && readers[1]! > 0, readers.join(" and "));
  const page = await tabs.tab();
  const written = inRepository("packages/taskhead/src/data/tables/parquet-files.json");
  const { files } = JSON.parse(readFileSync(written, "utf8")) as { files: Record<string, string> };
  for (const codec of ["snappy", "zstd", "gzip", "brotli", "lz4"]) {
    const file = join(folder, `${codec}.parquet`);
    writeFileSync(file, Buffer.from(files[codec]!, "base64"));
    await page.setInputFiles("[data-testid=file]", file);
    // It has a column of texts alone, which is known from what its rows hold.
    await page.waitForSelector(`.fault:has-text("${codec}.parquet")`);
    const fault = await page.innerText(`.fault:has-text("${codec}.parquet")`);
    tabs.check(`${codec} is undone`, fault.includes("no column of classes besides the text"), fault);
  }
  await page.context().close();
}

/** The rows of the samples that were kept back, by the same split, as a table. */
async function keptBack(page: Page, folder: string, [header, ...rows]: Sheet["rows"]): Promise<string> {
  const project = await keptProject(page);
  const texts = JSON.parse((await keptFile(page, "samples.bin")).toString("utf8")) as { text: string }[];
  const { validation } = split(
    targetsOf(project),
    0.2,
    0,
    texts.map(({ text }) => text),
  );
  const path = join(folder, "kept.csv");
  writeFileSync(path, csv([header!, ...validation.map((i) => rows[i]!)]));
  return path;
}

async function givenIn(page: Page): Promise<string> {
  await page.waitForSelector("[data-testid=given]");
  return (await page.innerText("[data-testid=given]")).replace(/\s+/g, " ").trim();
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)!;
}

/** As the page has it. */
function inWords({ labels: found = [], numbers = [] }: Answer): string {
  return [
    ...found
      .toSorted((a, b) => b.probability - a.probability)
      .map(({ label, probability }) => `${label} ${(100 * probability).toFixed(1)} %`),
    ...numbers.map(({ name, value }) => `${name} ${Number(value.toPrecision(5))}`),
  ].join(" ");
}
