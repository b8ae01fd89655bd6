import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Targets } from "@taskhead/core";
import { asTargets, type ObjectiveName } from "@taskhead/core/internals";
import { chromium, type Browser, type Page } from "playwright-core";
import { inRepository } from "../paths.js";

const usual =
  "--no-sandbox --disable-gpu --no-first-run --use-fake-device-for-media-stream --use-fake-ui-for-media-stream --js-flags=--expose-gc";

/** Milliseconds: on a machine that does other work, too, a picture of the page alone may take half a minute. */
const patience = 180_000;

/** Tabs of the studio in a Chromium of their own, and what was found of them. */
export class Tabs {
  /** The origins that were asked for anything. */
  readonly asked = new Set<string>();
  failed = 0;

  private constructor(
    private readonly browser: Browser,
    readonly address: string,
    private readonly shots: string | undefined,
  ) {}

  /** @param shots folder for pictures of the page */
  static async open(executablePath: string, address: string, shots?: string, flags = ""): Promise<Tabs> {
    const args = `${usual} ${flags}`.trim().split(" ");
    return new Tabs(await chromium.launch({ executablePath, args }), address, shots);
  }

  /** One line, and whether it holds. */
  check(what: string, holds: boolean, found: unknown): void {
    console.log(`${holds ? "ok  " : "FAIL"} ${what}: ${String(found)}`);
    if (!holds) this.failed++;
  }

  /** A tab with files of its own. @param query `?device=wasm` @param before what is done with a worker before it begins */
  async tab(query = "", before?: string): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(patience);
    const page = await context.newPage();
    context.on("request", (request) => this.asked.add(new URL(request.url()).origin));
    page.on("pageerror", (error) => this.check("the page throws nothing", false, error.message));
    if (before !== undefined) page.on("worker", (worker) => void worker.evaluate(before).catch(() => undefined));
    await page.goto(this.address + query);
    return page;
  }

  /** The page as it is, at three widths, light and dark. */
  async shot(page: Page, name: string): Promise<void> {
    if (this.shots === undefined) return;
    mkdirSync(this.shots, { recursive: true });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [390, 768, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        await paintReport(page);
        await page.screenshot({ path: join(this.shots, `${name}-${width}-${colorScheme}.png`), fullPage: true });
      }
    }
    await page.emulateMedia({ colorScheme: "light" });
  }

  /** Says what axe finds serious. */
  async accessible(page: Page, where: string): Promise<void> {
    await page.evaluate(readFileSync(inRepository("node_modules/axe-core/axe.min.js"), "utf8"));
    const { violations } = await page.evaluate<{
      violations: { id: string; impact: string; nodes: { html: string }[] }[];
    }>("axe.run()");
    const serious = violations.flatMap(({ id, impact, nodes }) =>
      /serious|critical/.test(impact) ? [`${id} ${nodes[0]?.html ?? ""}`] : [],
    );
    this.check(`axe finds nothing serious ${where}`, serious.length === 0, serious.join("; ") || "nothing");
    await this.fits(page, where);
  }

  /** Says what is wider than the page, or too small for a finger (24 pixels), at three widths. */
  private async fits(page: Page, where: string): Promise<void> {
    const wrong = new Set<string>();
    for (const width of [390, 768, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      for (const one of await page.evaluate<string[]>(unfit)) wrong.add(one);
    }
    this.check(
      `all is as wide as the page, and can be touched ${where}`,
      wrong.size === 0,
      [...wrong].join("; ") || "all",
    );
  }

  /** Memory that the pages' processes hold after a full collection, in bytes; NaN where the system does not say it. */
  async heldBytes(page: Page): Promise<number> {
    await page.evaluate("gc()");
    // Threads of the runtime wait, and answer nobody.
    for (const worker of page.workers())
      await Promise.race([worker.evaluate("gc()").catch(() => undefined), page.waitForTimeout(2000)]);
    const session = await this.browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    await session.detach();
    const pages = processInfo.filter(({ type }) => type === "renderer");
    return pages.reduce((sum, { id }) => sum + residentBytes(id), 0);
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}

/** Of what is used, links in sentences aside: a box to tick is used by its label, too. */
const unfit = `(() => {
  const named = (one, why) => one.outerHTML.slice(0, 80) + " is " + why + " at " + innerWidth;
  const wide = document.scrollingElement.scrollWidth > innerWidth ? [named(document.body, "scrolled sideways")] : [];
  const small = [...document.querySelectorAll("button, .button, select, input, textarea, summary")].filter((one) => {
    if (!one.checkVisibility() || one.type === "file") return false;
    const { width, height } = (one.type === "checkbox" ? one.closest("label") : one).getBoundingClientRect();
    return Math.min(width, height) < 24;
  });
  return [...wide, ...small.map((one) => named(one, "too small"))];
})()`;

/** Chromium paints a frame of another origin, as a report's is, once it is seen; it stays so on a picture of the whole page. */
async function paintReport(page: Page): Promise<void> {
  const report = page.locator("iframe.report").filter({ visible: true });
  if ((await report.count()) === 0) return;
  await report.first().scrollIntoViewIfNeeded();
  await page.waitForTimeout(500);
}

function residentBytes(id: number): number {
  try {
    return 4096 * Number(readFileSync(`/proc/${id}/statm`, "utf8").split(" ")[1]);
  } catch {
    return NaN;
  }
}

/** Gives samples, if any, and probes them. */
export async function probed(page: Page, given?: { folder: string } | { file: string }): Promise<void> {
  if (given && "folder" in given) await page.setInputFiles("[data-testid=folder]", given.folder);
  if (given && "file" in given) await page.setInputFiles("[data-testid=file]", given.file);
  if (given) await page.waitForSelector("[data-testid=given]");
  await page.click("button.main:has-text('Probe')");
  await page.waitForSelector(".drag", { timeout: 300_000 });
}

export async function tuned(page: Page, epochs: number): Promise<void> {
  await page.fill("[data-testid=epochs]", String(epochs));
  await page.click("button:has-text('From several starts')");
}

/** A tab that is loaded again in the middle. */
export interface Disturbed {
  readonly given?: { folder: string } | { file: string };
  readonly prepare?: (page: Page) => Promise<void>;
  /** What is done with a worker before it begins. */
  readonly before?: string;
}

/** Whether a tab that is loaded again in the middle of fine-tuning goes on to the same result. @param undisturbed the table of a run that was not */
export async function checkResumed(
  tabs: Tabs,
  what: string,
  { given, prepare, before }: Disturbed,
  epochs: number,
  undisturbed: string,
): Promise<void> {
  const page = await tabs.tab("", before);
  await prepare?.(page);
  await probed(page, given);
  await tuned(page, epochs);
  await page.waitForSelector(`text=epoch 2/${epochs}`, { state: "attached", timeout: 300_000 });
  await page.reload();
  await page.waitForSelector("[data-testid=resume]", { timeout: 180_000 });
  const shown = await page.inputValue("[data-testid=epochs]");
  tabs.check(`${what} shows the epochs that were asked for`, shown === String(epochs), shown);
  await page.click("[data-testid=resume]");
  const resumed = await tableOf(page);
  const same = resumed === undisturbed;
  tabs.check(`${what} goes on to the same result`, same, same ? "the same table" : `${resumed} against ${undisturbed}`);
  await page.context().close();
}

/** A text on the page, once it is as it should be. @throws {Error} where it is not after two minutes */
export async function settledText(page: Page, selector: string, is: (text: string) => boolean): Promise<string> {
  for (let tries = 0; tries < 600; tries++) {
    const text = await page.innerText(selector);
    if (is(text)) return text;
    await page.waitForTimeout(200);
  }
  throw new Error(`${selector} stays '${await page.innerText(selector)}'`);
}

/**
 * Waits until an expression holds in the page. Its policy forbids Playwright's own way, which compiles there.
 * @throws {Error} where it does not after a minute
 */
export async function holds(page: Page, expression: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await page.evaluate<boolean>(`Boolean(${expression})`)) return;
    await page.waitForTimeout(200);
  }
  throw new Error(`it does not come to be that ${expression}`);
}

/** The table of runs, as it is shown, with spaces that break. */
export async function tableOf(page: Page): Promise<string> {
  await page.waitForSelector("[data-testid=headline]", { timeout: 600_000 });
  return (await page.innerText("table")).replaceAll("\u00a0", " ");
}

/** One of the files that the page keeps, as text in base 64: `studio/project.json`. */
export async function keptFile(page: Page, name: string): Promise<Buffer> {
  const encoded = await page.evaluate<string>(`(async () => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("studio");
    const file = await (await root.getFileHandle(${JSON.stringify(name)})).getFile();
    return await new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.split(",")[1] ?? "");
      reader.readAsDataURL(file);
    });
  })()`);
  return Buffer.from(encoded, "base64");
}

/** Clicks what downloads a file. @returns its content */
export async function downloaded(page: Page, button: string): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(`text=${button}`)]);
  return readFileSync(await download.path());
}

/** What a project's file says, as far as it is needed. */
export interface KeptProject {
  readonly task: ObjectiveName;
  readonly outputs: readonly string[];
  readonly names: readonly string[];
  /** null of a label or a number that is not known. */
  readonly targets: readonly (number | readonly (number | null)[])[];
  readonly device: string;
}

export async function keptProject(page: Page): Promise<KeptProject> {
  return JSON.parse((await keptFile(page, "project.json")).toString("utf8")) as KeptProject;
}

/** What is to be predicted of its samples, as training takes it. */
export function targetsOf({ task, outputs, targets }: KeptProject): Targets {
  const known = targets.map((target) => (typeof target === "number" ? target : target.map((one) => one ?? NaN)));
  return asTargets(task, known, outputs.length);
}

/** What the best run got, with spaces that break. */
export async function headlineOf(page: Page): Promise<string> {
  return (await page.innerText("[data-testid=headline]")).replace(/\s+/g, " ");
}

/** What the model says first of what it was asked. */
export async function answerOf(page: Page): Promise<string> {
  await page.waitForSelector("[data-testid=answer] li");
  return (await page.innerText("[data-testid=answer] li >> nth=0")).replace(/\s+/g, " ");
}
