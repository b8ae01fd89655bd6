/**
 * The studio from end to end, in Chromium: drawn pictures are given as a folder, probed, fine-tuned, stopped in the middle and
 * gone on with after the tab was loaded again; the model answers a picture and is downloaded, and the file is scored by
 * onnxruntime-node. All requests are recorded, axe looks at the page, and a class is recorded from a false webcam.
 *
 *     npm run check:studio [-- FOLDER_FOR_SCREENSHOTS]     CHROMIUM=/path/to/chromium if it is not at /usr/bin/chromium
 *
 * Exits non-zero if anything is not as it should be.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { drawFolders } from "#taskhead/demo/folders.js";
import { decodeImage } from "#taskhead/images/decode.js";
import { serveStudio } from "#taskhead/studio/serve.js";
import * as ort from "onnxruntime-node";
import { inRepository } from "./paths.js";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
if (!existsSync(executablePath)) {
  console.log(`skipped: there is no Chromium at ${executablePath}; set CHROMIUM to its path`);
  process.exit(0);
}
const shots = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), "studio-"));
const { server, address } = await serveStudio(0);
const browser = await chromium.launch({
  executablePath,
  args: "--no-sandbox --disable-gpu --no-first-run --use-fake-device-for-media-stream --use-fake-ui-for-media-stream".split(
    " ",
  ),
});
const asked = new Set<string>();
let failed = 0;

/** One line, and whether it holds. */
function check(what: string, holds: boolean, found: unknown): void {
  console.log(`${holds ? "ok  " : "FAIL"} ${what}: ${String(found)}`);
  if (!holds) failed++;
}

/** A tab with files of its own. */
async function tab(): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.on("request", (request) => asked.add(new URL(request.url()).origin));
  page.on("pageerror", (error) => check("the page throws nothing", false, error.message));
  await page.goto(address);
  return { context, page };
}

async function probed(page: Page, train: string): Promise<void> {
  await page.setInputFiles("[data-testid=folder]", train);
  await page.click("button.main:has-text('Probe')");
  await page.waitForSelector(".drag", { timeout: 300_000 });
}

async function tune(page: Page): Promise<void> {
  await page.fill("[data-testid=epochs]", "3");
  await page.click("button:has-text('From several starts')");
}

/** The table of runs, as it is shown. */
async function table(page: Page): Promise<string> {
  await page.waitForSelector("[data-testid=headline]", { timeout: 600_000 });
  return page.innerText("table");
}

async function shot(page: Page, name: string): Promise<void> {
  if (shots === undefined) return;
  mkdirSync(shots, { recursive: true });
  for (const width of [390, 768, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: join(shots, `${name}-${width}.png`), fullPage: true });
  }
}

/** What axe finds serious. */
async function accessible(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(inRepository("node_modules/axe-core/axe.min.js"), "utf8"));
  const found = await page.evaluate(async () => {
    const { violations } = await (
      globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
      }
    ).axe.run();
    return violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes[0]?.html ?? "" }));
  });
  return found.flatMap(({ id, impact, html }) => (/serious|critical/.test(impact) ? [`${id} ${html}`] : []));
}

try {
  await drawFolders(folder, 0);
  const train = join(folder, "train");
  const { context, page } = await tab();
  await shot(page, "1-empty");
  await probed(page, train);
  await shot(page, "2-probed");
  await tune(page);
  const undisturbed = await table(page);
  await shot(page, "3-tuned");
  const serious = await accessible(page);
  check("axe finds nothing serious", serious.length === 0, serious.join("; ") || "nothing");

  const [picture] = await readdirDeep(join(folder, "test"));
  await page.setInputFiles("[data-testid=ask]", picture!);
  await page.waitForSelector("[data-testid=answer] li");
  const said = await page.innerText("[data-testid=answer] li >> nth=0");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Download the model")]);
  const files = unzipSync(readFileSync(await download.path()));
  const model = files["onnx/model.onnx"];
  check("the zip is a model's folder", model !== undefined && "config.json" in files, Object.keys(files).join(" "));
  const answered = await answer(model!, picture!, classesIn(files));
  check(
    "onnxruntime-node says the same of a picture",
    said.replace(/\s+/g, " ").startsWith(answered),
    `${answered} (tab: ${said.replace(/\s+/g, " ")})`,
  );
  await context.close();

  const second = await tab();
  await probed(second.page, train);
  await tune(second.page);
  await second.page.waitForSelector("text=epoch 2/3", { state: "attached", timeout: 300_000 });
  await second.page.reload();
  await second.page.click("[data-testid=resume]", { timeout: 60_000 });
  const resumed = await table(second.page);
  check(
    "a tab that was loaded again goes on to the same result",
    resumed === undisturbed,
    resumed === undisturbed ? "the same table" : `${resumed} against ${undisturbed}`,
  );
  await second.context.close();

  const third = await tab();
  await third.page.click("text=Record with the webcam");
  for (const label of ["left", "right"]) {
    await third.page.fill(".webcam input", label);
    await third.page.hover("text=Hold to record");
    await third.page.mouse.down();
    await third.page.waitForTimeout(1500);
    await third.page.mouse.up();
  }
  const recorded = await third.page.innerText("[data-testid=given]");
  check("two classes are recorded", /of 2 classes/.test(recorded), recorded);
  await third.context.close();

  const origins = [...asked].filter((origin) => origin !== new URL(address).origin && origin !== "null");
  check("nothing is asked of others", origins.length === 0, origins.join(" ") || "nothing");
} finally {
  await browser.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;

async function readdirDeep(root: string): Promise<string[]> {
  const { readdir } = await import("node:fs/promises");
  const names = await readdir(root, { recursive: true });
  return names
    .filter((name) => name.endsWith(".png"))
    .sort()
    .map((name) => join(root, name));
}

function classesIn(files: Record<string, Uint8Array>): string[] {
  const { id2label } = JSON.parse(new TextDecoder().decode(files["config.json"])) as {
    id2label: Record<string, string>;
  };
  return Object.values(id2label);
}

/** The likeliest class and its probability, as the page writes it. */
async function answer(model: Uint8Array, picture: string, classes: readonly string[]): Promise<string> {
  const session = await ort.InferenceSession.create(model);
  const { data, width, height } = await decodeImage(picture);
  const pixels = Float32Array.from(
    { length: 3 * width * height },
    (_, i) => data[(i % (width * height)) * 3 + Math.floor(i / (width * height))]!,
  );
  const { logits } = await session.run({ pixel_values: new ort.Tensor("float32", pixels, [1, 3, height, width]) });
  const q = Array.from(logits!.data as Float32Array);
  const e = q.map((one) => Math.exp(one - Math.max(...q)));
  const best = q.indexOf(Math.max(...q));
  return `${classes[best]} ${((100 * e[best]!) / e.reduce((a, b) => a + b, 0)).toFixed(1)} %`;
}
