import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync, type Zippable } from "fflate";
import type { Page } from "playwright-core";
import { drawFolders } from "#taskhead/demo/folders.js";
import { holds, keptProject, probed, settledText, tuned, type Tabs } from "./tabs.js";

const fault = ".fault:not([hidden])";

/** What is wrong, by the name of its file; and what of it is said. */
type Wrong = readonly [name: string, content: Uint8Array | string, said: RegExp];

/**
 * Wrong things, each of which ends in a line that names it and a tab that goes on; groups of class folders; what is stopped; two tabs
 * at a time; and no room on the disk.
 */
export async function checkFaultsTab(tabs: Tabs, folder: string): Promise<void> {
  await drawFolders(folder, 0);
  const train = join(folder, "train");
  const zip = zipOf(train);
  const page = await tabs.tab();
  await checkSamples(tabs, page, folder, zip);
  await checkBackbones(tabs, page, folder);
  await checkGroups(tabs, page, folder, train);
  await checkStopped(tabs, page, train);
  await checkTwoTabs(tabs, page);
}

/** What is no sample, and pictures that cannot be read. */
async function checkSamples(tabs: Tabs, page: Page, folder: string, zip: Uint8Array): Promise<void> {
  const table = "text;label\r\nfirst;a\r\nsecond;a\r\n";
  const wrong: readonly Wrong[] = [
    ["doc.pdf", "%PDF-1.4", /doc\.pdf is nothing that samples are read from; give/],
    ["net.onnx", "x", /net\.onnx is a model, which step 2 takes/],
    ["cut.zip", zip.subarray(0, zip.length / 2), /cut\.zip is no zip, or is cut short; fetch or pack it again/],
    ["damaged.zip", zip.map((byte, i) => (i > 100 && i < 200 ? 0x55 : byte)), /\.png in damaged\.zip is damaged/],
    ["zero.csv", "", /zero\.csv is empty; save or fetch it again/],
    ["one.csv", "\uFEFFtext\r\nfirst\r\nsecond\r\n", /one\.csv has no column of classes besides the text/],
    ["same.csv", table, /same\.csv has only one class, 'a'; give/],
  ];
  for (const [name, content, said] of wrong) {
    const path = join(folder, name);
    writeFileSync(path, content);
    await page.setInputFiles("[data-testid=file]", path);
    const text = await settledText(page, `.step >> nth=0 >> ${fault}`, (one) => said.test(one)).catch(String);
    tabs.check(`${name} is told`, said.test(text), text);
  }
  for (const label of ["a", "b"]) {
    mkdirSync(join(folder, "bombs", label), { recursive: true });
    writeFileSync(join(folder, "bombs", label, "1.png"), pngHeader(60_000, 60_000));
  }
  await page.setInputFiles("[data-testid=folder]", join(folder, "bombs"));
  await page.waitForSelector("[data-testid=given]");
  await page.click("button.main:has-text('Probe')");
  const text = await page.innerText(`.step >> nth=2 >> ${fault}`);
  tabs.check(
    "pictures that are too large are told",
    /0 of 2 pictures can be read, not bombs\/.\/1\.png; give/.test(text),
    text,
  );
  await tabs.shot(page, "37-faults");
  await tabs.accessible(page, "with faults");
}

/** What is no model of pictures. */
async function checkBackbones(tabs: Tabs, page: Page, folder: string): Promise<void> {
  writeFileSync(join(folder, "text.onnx"), "this is no model\n");
  await page.setInputFiles("[data-testid=folder]", join(folder, "train"));
  await page.waitForSelector("[data-testid=given]");
  await page.setInputFiles("[data-testid=onnx]", join(folder, "text.onnx"));
  await page.waitForSelector("[data-testid=backbone]:has-text('text.onnx')");
  await page.click("button.main:has-text('Probe')");
  const text = await page.innerText(`.step >> nth=2 >> ${fault}`);
  tabs.check("what is no model is told by its name", text.startsWith("text.onnx: not an ONNX model"), text);
  await page.click("text=The embedded network");
  tabs.check(
    "and another takes its place",
    (await page.locator(`.step >> nth=2 >> ${fault}`).count()) === 0,
    "no fault",
  );
}

/** A folder in that of a class is a group of its pictures, as `--group folder` has it. */
async function checkGroups(tabs: Tabs, page: Page, folder: string, train: string): Promise<void> {
  const data = join(folder, "patients");
  for (const label of readdirSync(train))
    readdirSync(join(train, label)).forEach((name, i) => {
      const own = join(data, label, `patient-${i % 5}`);
      mkdirSync(own, { recursive: true });
      writeFileSync(join(own, name), readFileSync(join(train, label, name)));
    });
  await page.setInputFiles("[data-testid=folder]", data);
  await page.waitForSelector("[data-testid=group]");
  await page.selectOption("[data-testid=group]", "folder");
  await probed(page);
  const said = await page.innerText(".step >> nth=2 >> .said");
  tabs.check(
    "groups of class folders stay together",
    /Keeps images of one 'folder' together: 4 to train on/.test(said),
    said,
  );
  const { groups } = (await keptProject(page)) as { groups?: { column: string; of: readonly string[] } };
  const different = new Set(groups?.of);
  tabs.check(
    "and are kept with the project",
    groups?.column === "folder" && different.size === 5,
    [...different].join(" "),
  );
}

/** Who stops by the keyboard goes on where the work began, and samples that are stopped while they are read leave nothing. */
async function checkStopped(tabs: Tabs, page: Page, train: string): Promise<void> {
  await page.reload();
  await page.setInputFiles("[data-testid=folder]", train);
  await page.waitForSelector("[data-testid=given]");
  await page.focus("button.main:has-text('Probe')");
  await page.keyboard.press("Enter");
  const focused = (): Promise<string> => page.evaluate("document.activeElement.textContent");
  const meanwhile = await focused();
  await page.keyboard.press("Enter");
  await page.waitForSelector("button:has-text('Stop')", { state: "detached" });
  await holds(page, "document.activeElement.textContent === 'Probe'");
  tabs.check("the focus goes to what stops, and back", meanwhile === "Stop", `${meanwhile}, ${await focused()}`);
  await probed(page);
  tabs.check("what was stopped begins anew", (await page.locator(fault).count()) === 0, "no fault");
}

/** Another tab of the same browser waits until this one is closed; and says where there is no room for what it keeps. */
async function checkTwoTabs(tabs: Tabs, page: Page): Promise<void> {
  const context = page.context();
  const other = await context.newPage();
  await other.goto(page.url());
  await other.waitForSelector("[data-testid=elsewhere]");
  tabs.check("a second tab waits", await other.locator("text=Kept from before").isHidden(), "nothing is opened");
  await page.close();
  await other.waitForSelector("text=Kept from before");
  await other.waitForSelector("[data-testid=elsewhere]", { state: "hidden" });
  const session = await context.newCDPSession(other);
  const { origin } = new URL(other.url());
  await other.click("text=Probe what is kept");
  await other.waitForSelector(".drag");
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1000 });
  await tuned(other, 1);
  const text = await other.innerText(`.step >> nth=3 >> ${fault}`);
  tabs.check("no room on the disk is told", /no room left for what this page keeps/.test(text), text);
  await context.close();
}

/** A folder's files, deflated. */
function zipOf(folder: string): Uint8Array {
  const files: Zippable = {};
  for (const label of readdirSync(folder))
    for (const name of readdirSync(join(folder, label)))
      files[`${label}/${name}`] = new Uint8Array(readFileSync(join(folder, label, name)));
  return zipSync(files);
}

/** The first bytes of a PNG, which say how large it would be. */
function pngHeader(width: number, height: number): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  bytes.set([8, 2], 24);
  return bytes;
}
