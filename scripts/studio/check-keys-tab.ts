import { join } from "node:path";
import { writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { drawFolders } from "#taskhead/demo/folders.js";
import { headlineOf, holds, settledText, type Tabs } from "./tabs.js";

/**
 * The whole way by the keyboard alone, on a page as wide as a phone's: the focus is seen, follows the page, and is never lost; what
 * begins, ends or fails is told to who does not see it, and not over and over.
 */
export async function checkKeysTab(tabs: Tabs, folder: string): Promise<void> {
  await drawFolders(folder, 0);
  const page = await tabs.tab();
  await page.setViewportSize({ width: 390, height: 700 });
  await page.evaluate(hearing);
  // From here on, or a key may be faster than who waits for what it opens.
  page.on("filechooser", () => undefined);
  await checkWebcam(tabs, page);
  await choose(page, "Choose a folder", join(folder, "train"));
  const of = await settledText(page, "[data-testid=given]", (text) => text.includes("arrow"));
  tabs.check("counts of classes are a list", /^\d+ pictures of 6 classes: arrow 20, corner 20, dome/.test(of), of);
  await checkFault(tabs, page, folder);
  await checkRun(tabs, page);
  await checkFocus(tabs, page, "of a finished run");
  await page.reload();
  await page.waitForSelector("text=Kept from before");
  await tabTo(page, "Forget it");
  await page.keyboard.press("Enter");
  await page.waitForSelector("text=Kept from before", { state: "detached" });
  tabs.check(
    "the focus is not lost with what is forgotten",
    (await focused(page)) === "1 Samples",
    await focused(page),
  );
  await page.context().close();
}

/** A class is recorded while a key is held, and no longer where the focus goes elsewhere. */
async function checkWebcam(tabs: Tabs, page: Page): Promise<void> {
  await tabTo(page, "Record with the webcam");
  await page.keyboard.press("Enter");
  await holds(page, "document.querySelector('.webcam video')?.videoWidth > 0");
  const then = await focused(page);
  tabs.check("the focus stays on the webcam's button", then === "Stop the webcam", then);
  await tabTo(page, "Hold to record");
  await page.keyboard.down("Enter");
  await page.waitForTimeout(1500);
  await page.keyboard.press("Shift+Tab");
  const recorded = await page.innerText("[data-testid=given]");
  await page.keyboard.up("Enter");
  await page.waitForTimeout(1000);
  const later = await page.innerText("[data-testid=given]");
  const held = Number(/^(\d+) pictures/.exec(recorded)?.[1]);
  tabs.check("a key records while it is held", held > 2, recorded);
  // One may have been taken already.
  tabs.check("and no longer", Number(/^\d+/.exec(later)?.[0]) <= held + 1, later);
}

/** A fault is said of the button that the focus goes back to. */
async function checkFault(tabs: Tabs, page: Page, folder: string): Promise<void> {
  const name = `${"a_name_that_is_wider_than_a_phone_".repeat(3)}.onnx`;
  writeFileSync(join(folder, name), "this is no model\n");
  await choose(page, "Choose an ONNX file or a zip", join(folder, name));
  await page.waitForSelector(`[data-testid=backbone]:has-text('${name}')`);
  await tabTo(page, "Probe");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".step .fault:not([hidden])");
  await holds(page, "document.activeElement.textContent === 'Probe'");
  const said = await page.evaluate<string>(
    "document.getElementById(document.activeElement.getAttribute('aria-describedby')).textContent",
  );
  tabs.check("a fault is said of what it is of", said.startsWith(`${name}: not an ONNX model`), said);
  const width = await page.evaluate<number>("document.scrollingElement.scrollWidth");
  tabs.check("a long name does not widen the page", width <= 390, `${width} pixels`);
  await tabTo(page, "The embedded network");
  await page.keyboard.press("Space");
}

/** Probing, the start by arrows, epochs as one types them, fine-tuning, and what of it is told. */
async function checkRun(tabs: Tabs, page: Page): Promise<void> {
  await tabTo(page, "Probe");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".drag");
  await tabTo(page, "Start from");
  const start = "document.activeElement.getAttribute('aria-valuetext')";
  const before = await page.evaluate<string>(start);
  await page.keyboard.press("ArrowLeft");
  const after = await page.evaluate<string>(start);
  const worded = /^tau \d[\d.]*, energy \d\.\d\d, validation \d+\.\d.%$/;
  tabs.check("arrows move the start, which says what it is", worded.test(after) && after !== before, after);
  await tabTo(page, "Epochs");
  await page.keyboard.press("End");
  await page.keyboard.press("Backspace");
  await page.keyboard.type("3");
  const typed = await page.inputValue("[data-testid=epochs]");
  tabs.check("epochs are what one types", typed === "3", typed);
  await tabTo(page, "From several starts");
  await page.keyboard.press("Space");
  const headline = await headlineOf(page);
  const said = (await heard(page, headline)).map((text) => text.replace(/\s+/g, " "));
  const told = (what: RegExp): number => said.filter((text) => what.test(text)).length;
  tabs.check(
    "the end of probing is told",
    told(/^Probed: energy and accuracy/) === 1,
    said.find((one) => one.startsWith("Probed")),
  );
  tabs.check("what fine-tuning came to is told", said.includes(headline), headline);
  // Epochs of probing and steps of fine-tuning are some hundreds.
  tabs.check("and all of it is not too much", said.length < 40, `${said.length} sentences`);
}

/** All that can be used is reached by Tab in the order of the page, is seen when it is, and the last one is left. */
async function checkFocus(tabs: Tabs, page: Page, where: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const all = await page.evaluate<string[]>(`(${marking})()`);
    const reached: string[] = [];
    const unseen: string[] = [];
    while (reached.length <= all.length) {
      await page.keyboard.press("Tab");
      const { name, seen } = await page.evaluate<{ name: string | null; seen: boolean }>(`(${marked})()`);
      if (name === null) break;
      reached.push(name);
      if (!seen) unseen.push(name);
    }
    const [lacks, found] = [all.join(), reached.join()];
    tabs.check(`Tab reaches all ${where} (${colorScheme})`, lacks === found, `${reached.length} of ${all.length}`);
    tabs.check(`and shows where it is (${colorScheme})`, unseen.length === 0, unseen.join() || "at all of them");
  }
}

/** Numbers what can be used, and puts the focus before it. */
const marking = `() => {
  const all = [...document.querySelectorAll("button, input, select, textarea, summary, a[href]")];
  const usable = all.filter((one) => !one.disabled && one.checkVisibility());
  usable.forEach((one, i) => (one.dataset.mark = i + " " + (one.labels?.[0] ?? one).textContent.trim()));
  getSelection().removeAllRanges();
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
  return usable.map((one) => one.dataset.mark);
}`;

/** Which has the focus, and whether it is within the window with a line around it. */
const marked = `() => {
  const own = document.activeElement;
  if (own === document.body) return { name: null, seen: true };
  const shown = own.type === "file" ? own.closest(".button") : own;
  const { top, bottom } = shown.getBoundingClientRect();
  const { outlineStyle, outlineWidth } = getComputedStyle(shown);
  const inView = bottom > 0 && top < innerHeight;
  return { name: own.dataset.mark ?? own.outerHTML, seen: inView && outlineStyle === "solid" && outlineWidth === "3px" };
}`;

/** Keeps what screen readers say by themselves: what changes in a place that is there for it. */
const hearing = `{
  window.heard = [];
  const last = new WeakMap();
  const places = "[role=status], [role=alert], [aria-live]";
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const place = (target.nodeType === 1 ? target : target.parentElement)?.closest(places);
      if (!place || last.get(place) === place.textContent) continue;
      last.set(place, place.textContent);
      if (place.textContent.trim() && place.checkVisibility()) heard.push(place.textContent);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
}`;

/** What was said until something was. */
async function heard(page: Page, last: string): Promise<string[]> {
  for (let tries = 0; tries < 20; tries++) {
    const said = await page.evaluate<string[]>("heard");
    if (said.some((text) => text.replace(/\s+/g, " ") === last)) return said;
    await page.waitForTimeout(500);
  }
  return page.evaluate<string[]>("heard");
}

/** By Tab, to what begins so. @throws {Error} where it is not there */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let tries = 0; tries < 40; tries++) {
    await page.keyboard.press("Tab");
    if ((await focused(page)).startsWith(name)) return;
  }
  throw new Error(`Tab does not come to '${name}'`);
}

function focused(page: Page): Promise<string> {
  return page.evaluate(
    "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim().replace(/\\s+/g, ' ')",
  );
}

async function choose(page: Page, name: string, path: string): Promise<void> {
  await tabTo(page, name);
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Enter")]);
  await chooser.setFiles(path);
}
