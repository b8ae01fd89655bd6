import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { split } from "@taskhead/core";
import { zipSync } from "fflate";
import { Header } from "tar/header";
import { drawFolders } from "#taskhead/demo/folders.js";
import { targetClasses } from "#taskhead/demo/draw.js";
import { csv } from "#taskhead/files/csv.js";
import { imagesIn } from "#taskhead/images/folders/image-folder.js";
import { taskhead } from "./command-line.js";
import { unpack } from "./served.js";
import {
  downloaded,
  headlineOf,
  keptProject,
  probed,
  settledText,
  tableOf,
  targetsOf,
  tuned,
  type Tabs,
} from "./tabs.js";

const epochs = 2;

/** A picture by its place in a folder, and the class that it was drawn as. */
interface Drawn {
  readonly path: string;
  readonly label: number;
}

/**
 * Pictures with files of labels: several labels, in a folder for each set; numbers, as a zip of one folder; and in archives. What
 * is said of them is found and told, and the downloaded model scores under `taskhead evaluate` what the page says, on the same
 * files. Archives do as a folder of the same pictures does, and the same with gzip. Groups that are chosen stay together, and
 * copies are told as `taskhead tune` tells them.
 */
export async function checkLabelledTab(tabs: Tabs, folder: string): Promise<void> {
  await drawFolders(folder, 0);
  await checkLabels(tabs, folder);
  await checkNumbers(tabs, folder);
  await checkArchives(tabs, folder);
  await checkGroups(tabs, join(folder, "groups"), await drawn(join(folder, "train")));
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
  check("they are counted", /^\d+ pictures with 2 labels: early \d+, even \d+$/.test(given), given);
  const said = (await page.innerText("[data-testid=sets]")).replace(/\s+/g, " ");
  const name = basename(folder);
  const sets = `to train on (${name}/train/metadata.jsonl), 300 to test on (${name}/test/metadata.jsonl)`;
  check("it is said which set has how many", said.includes(sets), said);
  await tabs.shot(page, "38-labelled");
  await probed(page);
  await tuned(page, epochs);
  await tableOf(page);
  const headline = await headlineOf(page);
  await tabs.shot(page, "39-labelled-tuned");
  await tabs.accessible(page, "with pictures that a file says labels of");
  const model = join(folder, "labels-model");
  unpack(await downloaded(page, "Download the model"), model);
  const { score } = taskhead<{ score: number }>("evaluate", model, join(folder, "test"));
  const expected = `mean ROC-AUC ${score.toFixed(3)} on the test pictures`;
  check("taskhead evaluate scores the test set as the page", headline.includes(expected), `${expected} (${headline})`);
  await page.context().close();
  await checkBoth(tabs, join(folder, "train"));
}

/** Class folders with a file of labels beside them: folders are the classes until the file is chosen. */
async function checkBoth(tabs: Tabs, folder: string): Promise<void> {
  const check = (what: string, holds: boolean, found: unknown): void => tabs.check(`both: ${what}`, holds, found);
  const page = await tabs.tab();
  await page.setInputFiles("[data-testid=folder]", folder);
  const is = (text: string) => (found: string) => found.includes(text);
  const byFolder = await settledText(page, "[data-testid=given]", is(`of ${targetClasses.length} classes`));
  const step = await page.innerText(".step >> nth=0");
  check("folders are the classes, and the file is named", step.includes("train/metadata.jsonl is not read"), byFolder);
  await page.selectOption("[data-testid=labels-from]", "file");
  const byFile = await settledText(page, "[data-testid=given]", is("with 2 labels"));
  const said = (await page.innerText(".step >> nth=0")).replace(/\s+/g, " ");
  check("the file's labels are read where it is chosen", said.includes("folders are not read as classes"), byFile);
  await tabs.shot(page, "42-labels-beside-folders");
  await tabs.accessible(page, "with class folders and a file of labels");
  await page.selectOption("[data-testid=labels-from]", "folders");
  const again = await settledText(page, "[data-testid=given]", is("classes"));
  check("and the folders are again", again === byFolder, again);
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

/** The same pictures as a folder with a file of labels, and as archives. */
async function checkArchives(tabs: Tabs, folder: string): Promise<void> {
  const check = (what: string, holds: boolean, found: unknown): void => tabs.check(`archives: ${what}`, holds, found);
  const members = [];
  const lines: string[] = [];
  const flat = join(folder, "flat");
  mkdirSync(flat);
  for (const [i, { path, label }] of (await drawn(join(folder, "train"))).entries()) {
    const picture = readFileSync(join(folder, "train", path));
    // Another order than that of classes, which their names say later.
    members.push(member(`${i}.png`, picture), member(`${i}.cls`, `${targetClasses.length - 1 - label}`));
    writeFileSync(join(flat, `${i}.png`), picture);
    lines.push(`${i}.png,${targetClasses[label]!}`);
  }
  const tar = Buffer.concat([...members, Buffer.alloc(1024)]);
  writeFileSync(join(flat, "metadata.csv"), ["file_name,label", ...lines].join("\n"));
  const archives = { plain: join(folder, "plain", "train.tar"), packed: join(folder, "packed", "train.tar.gz") };
  for (const path of Object.values(archives)) {
    mkdirSync(dirname(path));
    writeFileSync(path, path.endsWith("gz") ? gzipSync(tar) : tar);
    writeFileSync(join(dirname(path), "classes.txt"), targetClasses.toReversed().join("\n"));
  }
  const runs: string[] = [];
  for (const given of [flat, dirname(archives.plain), dirname(archives.packed)]) {
    const page = await tabs.tab();
    await probed(page, { folder: given });
    if (given !== flat) {
      const said = (await page.innerText(".step >> nth=0 >> .said >> nth=0")).replace(/\s+/g, " ");
      check(
        "it is said what they have",
        /from member 'png' and classes from column 'cls' of .*; numbers are classes of/.test(said),
        said,
      );
    }
    await tuned(page, epochs);
    runs.push(await tableOf(page));
    if (given.endsWith("plain")) {
      await tabs.shot(page, "40-archive");
      const model = join(folder, "archive-model");
      unpack(await downloaded(page, "Download the model"), model);
      const { score } = taskhead<{ score: number }>("evaluate", model, archives.plain);
      const { score: same } = taskhead<{ score: number }>("evaluate", model, join(flat, "metadata.csv"));
      check("taskhead evaluate scores the archive as the folder", score === same, `${score} and ${same}`);
    }
    await page.context().close();
  }
  check("they do as a folder with a file of labels", runs[0] === runs[1] && runs[0] === runs[2], runs[1] ?? "");
}

/** Pictures of people, of whom each drew several, with copies under other names. */
async function checkGroups(tabs: Tabs, folder: string, all: readonly Drawn[]): Promise<void> {
  const check = (what: string, holds: boolean, found: unknown): void => tabs.check(`groups: ${what}`, holds, found);
  const rows: string[][] = [];
  const pictures = (set: string, own: readonly Drawn[]): void => {
    for (const [i, { path, label }] of own.entries()) {
      const name = `${set}/${label}-${i}.png`;
      mkdirSync(join(folder, set), { recursive: true });
      writeFileSync(join(folder, name), readFileSync(join(dirname(folder), "train", path)));
      rows.push([name, targetClasses[label]!, `${set === "test" ? "other" : "person"} ${i % 7}`]);
    }
  };
  const shuffled = all.toSorted((a, b) => a.path.slice(-6).localeCompare(b.path.slice(-6)));
  pictures("train", shuffled.slice(0, 90));
  // The first of them were trained on.
  pictures("test", [...shuffled.slice(0, 4), ...shuffled.slice(90)]);
  writeFileSync(join(folder, "metadata.csv"), csv([["file_name", "label", "who"], ...rows]));
  const page = await tabs.tab();
  await page.setInputFiles("[data-testid=folder]", folder);
  await page.waitForSelector("[data-testid=given]");
  const none = await page.inputValue("[data-testid=group]");
  await page.selectOption("[data-testid=group]", "who");
  await probed(page);
  const step = (await page.innerText(".step >> nth=2")).replace(/\s+/g, " ");
  const kept =
    /Keeps images of one 'who' together: \d to train on with \d+ images, \d others? to validate on with \d+/.exec(
      step,
    )?.[0];
  check("none are kept together until a column is chosen, which is said", none === "" && kept !== undefined, kept);
  const told = step.replaceAll(`${basename(folder)}/`, "");
  const copies =
    /\d test images? (is|are) also in the (training|validation) set \(test\/[^)]*\), so the test score flatters/;
  check("copies in the test set are told", copies.test(told), copies.exec(told)?.[0]);
  await tabs.shot(page, "41-groups");
  await tabs.accessible(page, "with groups");
  const project = await keptProject(page);
  await tuned(page, 1);
  await tableOf(page);
  const model = join(folder, "model");
  unpack(await downloaded(page, "Download the model"), model);
  const { data } = JSON.parse(readFileSync(join(model, "results.json"), "utf8")) as {
    data: {
      groups: { train: number; validation: number; overlaps: readonly unknown[] };
      duplicates: { across: readonly { count: number }[] };
    };
  };
  const people = new Set(rows.flatMap(([name, , who]) => (name!.startsWith("train/") ? [who] : []))).size;
  check(
    "no person is on both sides",
    data.groups.train + data.groups.validation === people && data.groups.overlaps.length === 0,
    JSON.stringify(data.groups),
  );
  check(
    "all copies are found",
    data.duplicates.across.reduce((sum, { count }) => sum + count, 0) === 4,
    JSON.stringify(data.duplicates.across),
  );
  check("the project keeps all samples", project.names.length === rows.length, project.names.length);
  await page.context().close();
}

/** A file in a tar, with its header. */
function member(path: string, content: Uint8Array | string): Buffer {
  const body = Buffer.from(content as Uint8Array);
  const block = Buffer.alloc(512);
  new Header({ path, mode: 0o644, size: body.length, type: "File", mtime: new Date(0) }).encode(block);
  return Buffer.concat([block, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

async function drawn(folder: string): Promise<Drawn[]> {
  return (await imagesIn(folder)).map((path) => ({
    path,
    label: targetClasses.findIndex((name) => path.startsWith(`${name}/`)),
  }));
}
