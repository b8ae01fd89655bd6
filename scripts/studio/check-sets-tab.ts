import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawFolders } from "#taskhead/demo/folders.js";
import { writeTables } from "#taskhead/demo/text/tables.js";
import { csv } from "#taskhead/files/csv.js";
import type { Page } from "playwright-core";
import { drawDiscs } from "./check-masks-tab.js";
import { molecules, writeMolecules } from "./check-molecules-tab.js";
import { taskhead } from "./command-line.js";
import { unpack } from "./served.js";
import { checkResumed, downloaded, headlineOf, probed, tableOf, tuned, type Tabs } from "./tabs.js";

const epochs = 2;

/** Samples in sets, and what the page should say of them. */
interface InSets {
  readonly name: string;
  /** Gives them, and a backbone where none comes with the page. */
  give(page: Page): Promise<void>;
  /** The sentence of what there is to do with how many. */
  readonly said: RegExp;
  /** Set by set where `taskhead evaluate` finds it. */
  readonly sets: Readonly<Partial<Record<"validation" | "test", string>>>;
}

/**
 * Samples that are given in sets of one's own, of every kind: said, and validated and tested on as they are. The downloaded model
 * scores under `taskhead evaluate` what the page says of each, the report shows the test samples, and a tab that is loaded again goes on.
 */
export async function checkSetsTab(tabs: Tabs, folder: string): Promise<void> {
  const texts = writeTables(join(folder, "texts"), 0);
  const pictures = join(folder, "pictures");
  await drawFolders(pictures, 0);
  const masks = join(folder, "discs");
  await drawDiscs(masks, { train: [0, 24], val: [24, 32], test: [32, 40] });
  const [tables, net] = moleculesIn(join(folder, "molecules"));
  const kinds: readonly InSets[] = [
    {
      name: "texts",
      give: (page) => page.setInputFiles("[data-testid=file]", Object.values(texts)),
      said: /^96 of them to train on \(train\.csv\), 320 to validate on \(validation\.csv\), 320 to test on \(test\.csv\)\.$/,
      sets: { validation: texts.validation, test: texts.test },
    },
    {
      name: "pictures",
      give: (page) => page.setInputFiles("[data-testid=folder]", pictures),
      said: /^\d+ of them to train on \(pictures\/train\), \d+ to validate on \(pictures\/validation\), \d+ to test on \(pictures\/test\)\.$/,
      sets: { validation: join(pictures, "validation"), test: join(pictures, "test") },
    },
    {
      name: "masks",
      give: (page) => page.setInputFiles("[data-testid=folder]", masks),
      said: /^24 of them to train on \(discs\/train\), 8 to validate on \(discs\/val\), 8 to test on \(discs\/test\)\.$/,
      sets: { validation: join(masks, "val"), test: join(masks, "test") },
    },
    {
      name: "molecules",
      async give(page) {
        await page.setInputFiles("[data-testid=file]", tables);
        await page.waitForSelector("[data-testid=given]");
        await page.setInputFiles("[data-testid=onnx]", net);
      },
      said: /^\d+ of them to train on \(train\.csv\), \d+ to test on \(test\.csv\); a part of those to train on is kept back to choose by\.$/,
      sets: { test: tables[1]! },
    },
  ];
  for (const kind of kinds) await checkKind(tabs, join(folder, "models", kind.name), kind);
}

async function checkKind(tabs: Tabs, folder: string, { name, give, said, sets }: InSets): Promise<void> {
  const check = (what: string, holds: boolean, found: unknown): void => tabs.check(`${name}: ${what}`, holds, found);
  const page = await tabs.tab();
  await give(page);
  const told = (await page.innerText("[data-testid=sets]")).replace(/\s+/g, " ");
  check("it is said which set has how many", said.test(told), told);
  await tabs.shot(page, `30-sets-${name}`);
  await probed(page);
  const loaded = await page.innerText(".step >> nth=2");
  const chosen = sets.validation === undefined ? "kept back to choose by" : "to validate on";
  check(
    "and what they are used for",
    new RegExp(`\\d+ ${chosen}, \\d+ to test on`).test(loaded),
    /\d+ \w+ to train on[^;]*/.exec(loaded)?.[0],
  );
  await tuned(page, epochs);
  const table = await tableOf(page);
  const headline = await headlineOf(page);
  await page.click("summary:has-text('The whole report')");
  const body = page.frameLocator("iframe.report").locator("body");
  await body.locator("h1").waitFor();
  const report = (await body.innerText()).replace(/\s+/g, " ");
  const quoted = /On the \d+ test \w+,[^.]*\.\d+[^.]*\./.exec(report)?.[0];
  check("the report tells the score of the test samples", quoted !== undefined, quoted);
  const splits = /split from (the )?training/i.test(report);
  check("it says whether validation samples were given", splits === (sets.validation === undefined), splits);
  await tabs.shot(page, `31-sets-${name}-tuned`);
  await tabs.accessible(page, `with ${name} in sets`);
  unpack(await downloaded(page, "Download the model"), folder);
  for (const [set, path] of Object.entries(sets)) {
    const { score } = taskhead<{ score: number }>("evaluate", folder, path);
    const expected = `${(100 * score).toFixed(1)} % on the ${set}`;
    check(
      `taskhead evaluate scores the ${set} set as the page`,
      headline.includes(expected),
      `${expected} (${headline})`,
    );
  }
  await page.context().close();
  if (name === "texts")
    await checkResumed(tabs, "a tab with texts in sets, loaded again,", { prepare: give }, epochs, table);
}

/** Molecules of which every fifth is tested on, and a network. */
function moleculesIn(folder: string): [tables: string[], net: string] {
  const rows = molecules();
  const of = (test: boolean): (readonly string[])[] => rows.filter((_, i) => (i % 5 === 0) === test);
  const [, net] = writeMolecules(folder);
  const tables = [false, true].map((test) => {
    const path = join(folder, `${test ? "test" : "train"}.csv`);
    writeFileSync(path, csv([["smiles", "label"], ...of(test)]));
    return path;
  });
  return [tables, net];
}
