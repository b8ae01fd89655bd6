import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { split } from "@taskhead/core";
import type { PredictedWords } from "taskhead/inputs";
import type { Page } from "playwright-core";
import { slots } from "#taskhead/demo/text/slots.js";
import { labelled } from "#taskhead/demo/text/tables.js";
import { wordsOfText } from "#taskhead/text/tagged/words-of-text.js";
import { taskhead } from "./command-line.js";
import { unpack } from "./served.js";
import {
  checkResumed,
  downloaded,
  headlineOf,
  keptFile,
  keptProject,
  probed,
  tableOf,
  targetsOf,
  tuned,
  type Tabs,
} from "./tabs.js";

/** Words that have a tag of their own, by it. */
const things = {
  "B-ITEM": new Set(slots["item"]),
  "B-PART": new Set(slots["part"]),
  "B-TIME": new Set([...slots["day"]!, ...slots["month"]!, "yesterday"]),
};

interface Sentence {
  readonly words: readonly string[];
  readonly tags: readonly string[];
}

const epochs = 8;
const sentence = "the printer that came on friday has a broken lid";

/**
 * Written requests in which things, their parts and times are tagged, a word and its tag a line: found and said, probed and
 * fine-tuned, a sentence asked, and the downloaded model as `taskhead predict` and `taskhead evaluate` have it. The same
 * sentences as a table with lists come to the same runs.
 */
export async function checkTagsTab(tabs: Tabs, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const sentences = labelled(0, 0, 16).map(({ text }) => tagged(text));
  const file = join(folder, "requests.conll");
  writeFileSync(file, conll(sentences));
  const page = await tabs.tab();
  await page.setInputFiles("[data-testid=file]", file);
  await page.waitForSelector("[data-testid=given]");
  const said = await page.innerText(".step >> nth=0");
  const task = await page.inputValue("[data-testid=task]");
  tabs.check(
    "a word a line is found and said",
    task === "token-classification" &&
      /128 texts with 4 tags/.test(said) &&
      /reads words from column 1 and their tags from column 3 of the lines of requests\.conll/.test(said),
    `${task}; ${/128 .*/.exec(said)?.[0]} ${/It reads .*/.exec(said)?.[0]}`,
  );
  await tabs.shot(page, "14-tags");
  await probed(page);
  await page.waitForSelector("[data-testid=forecast]:has-text('features will move')", { timeout: 120_000 });
  await tabs.shot(page, "15-tags-probed");
  await tuned(page, epochs);
  const table = await tableOf(page);
  tabs.check("the table of starts is in its metric", table.includes("fine-tuned, entity F1"), table);
  await page.fill("[data-testid=ask]", sentence);
  await page.waitForSelector("[data-testid=answer] li");
  const answer = await wordsShown(page);
  await page.click("summary:has-text('The whole report')");
  const report = page.frameLocator("iframe.report").locator("body");
  const told = await report.innerText();
  tabs.check(
    "the report is in its metric, and shows the texts that it gets wrong",
    told.includes("Entity F1") && (await report.locator("blockquote mark").count()) > 0,
    `${await report.locator("blockquote mark").count()} words are marked`,
  );
  await tabs.shot(page, "16-tags-tuned");
  await tabs.accessible(page, "with tags");

  const model = join(folder, "model");
  const names = unpack(await downloaded(page, "Download the model"), model);
  tabs.check("the zip has the report's pictures", names.includes("pictures.json"), names.join(" "));
  const { predictions } = taskhead<{ predictions: PredictedWords[] }>("predict", model, sentence);
  const theirs = inWords(predictions[0]!);
  tabs.check("taskhead predict says the same of each word", theirs === answer, `${theirs} (tab: ${answer})`);
  const kept = join(folder, "kept.conll");
  writeFileSync(kept, conll(await keptBack(page, sentences)));
  const { score } = taskhead<{ score: number }>("evaluate", model, kept);
  const headline = await headlineOf(page);
  const expected = `Entity F1 ${(100 * score).toFixed(1)} % on the validation texts`;
  tabs.check(
    "its score under taskhead evaluate is the one that was reported",
    headline.startsWith(expected),
    `${expected} (${headline})`,
  );
  await page.context().close();

  const rows = join(folder, "rows.jsonl");
  writeFileSync(rows, sentences.map(({ words, tags }) => JSON.stringify({ tokens: words, ner_tags: tags })).join("\n"));
  await checkResumed(tabs, "a tab with a table of lists, loaded again,", { given: { file: rows } }, epochs, table);
}

function tagged(text: string): Sentence {
  const words = wordsOfText(text).map((word) => word.text);
  const tagOf = (word: string): string =>
    Object.entries(things).find(([, some]) => some.has(word.toLowerCase()))?.[0] ?? "O";
  return { words, tags: words.map(tagOf) };
}

/** With a column between that nobody asks for. */
function conll(sentences: readonly Sentence[]): string {
  return sentences.map(({ words, tags }) => words.map((word, i) => `${word} _ ${tags[i]!}\n`).join("")).join("\n");
}

/** The sentences that were kept back, by the same split. */
async function keptBack(page: Page, sentences: readonly Sentence[]): Promise<Sentence[]> {
  const project = await keptProject(page);
  const kept = JSON.parse((await keptFile(page, "samples.bin")).toString("utf8")) as Pick<Sentence, "words">[];
  const { validation } = split(
    targetsOf(project),
    0.2,
    0,
    kept.map(({ words }) => words.join(" ")),
  );
  return validation.map((i) => sentences[i]!);
}

async function wordsShown(page: Page): Promise<string> {
  const words = (await page.innerText("[data-testid=answer]")).replace(/\s+/g, " ");
  return `${words} | ${await page.innerText("[data-testid=entities]")}`;
}

/** As the page has it. */
function inWords({ words, entities }: PredictedWords): string {
  const told = words.map(({ text, tag, probability }) => `${text} ${tag} ${(100 * probability!).toFixed(1)} %`);
  return `${told.join(" ")} | ${entities.map(({ type, text }) => `${type}: ${text}`).join(", ")}`;
}
