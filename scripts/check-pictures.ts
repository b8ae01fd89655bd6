import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { softmax } from "@taskhead/core/internals";
import type { Page } from "playwright-core";
import { decodeImage } from "#taskhead/images/pixels/decode.js";
import { openServed } from "#taskhead/images/serving/served.js";
import "./browser/offered.js";
import { pictureClasses, pictureModel, type Picture } from "./pictures.js";

/** Of probabilities, where pixels agree within their tolerance. */
const tolerance = 5e-3;

interface Difference {
  /** The largest of a byte; infinite where the sizes differ. */
  pixels: number;
  /** The largest of a class. */
  probability: number;
}

/**
 * Compares what transformers.js reads in a browser, and what it says of it, with what training and `predict` do here. Prints
 * a line for each picture that is not as expected, and one for all.
 * @param page offers `readPicture`
 * @returns whether all are as expected
 */
export async function checkPictures(page: Page, pictures: readonly Picture[]): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "check-pictures-"));
  const served = await openServed(pictureModel().get("onnx/model.onnx")!);
  const agreeing: Difference[] = [];
  const wrong: string[] = [];
  const counts = { differs: 0, unread: 0 };
  for (const { name, content, browser } of pictures) {
    const file = join(folder, name);
    await writeFile(file, content);
    const theirs = await page.evaluate((url) => globalThis.readPicture(url), `/pictures/${name}`);
    if (typeof theirs === "string" || browser === "unread") {
      if (typeof theirs === "string" && browser === "unread") counts.unread++;
      else wrong.push(`${name}: ${typeof theirs === "string" ? theirs : "the browser reads it"}`);
      continue;
    }
    const ours = await decodeImage(file);
    const sameSize = ours.width === theirs.width && ours.height === theirs.height;
    const own = softmax(await served.logits(file), pictureClasses.length);
    const difference: Difference = {
      pixels: sameSize ? largest(ours.data, theirs.data) : Infinity,
      probability: largest(
        own,
        pictureClasses.map((label) => theirs.probabilities[label] ?? NaN),
      ),
    };
    const agrees =
      difference.pixels <= (browser === "differs" ? differing : browser) && difference.probability <= tolerance;
    if (agrees === (browser === "differs")) wrong.push(`${name}: ${browser} expected, but ${inWords(difference)}`);
    else if (agrees) agreeing.push(difference);
    else counts.differs++;
  }
  await served.release();
  await rm(folder, { recursive: true });
  const most: Difference = {
    pixels: Math.max(...agreeing.map((d) => d.pixels)),
    probability: Math.max(...agreeing.map((d) => d.probability)),
  };
  console.log(
    `pictures: ${agreeing.length} read in the browser as here (${inWords(most)}), ${counts.differs} known to differ, ` +
      `${counts.unread} that no browser reads, ${wrong.length} not as expected: ${wrong.length === 0 ? "ok" : "FAIL"}`,
  );
  for (const line of wrong) console.log(`  ${line}`);
  return wrong.length === 0;
}

/** What agrees within this does not differ. */
const differing = 16;

function inWords({ pixels, probability }: Difference): string {
  return `pixels differ by ${pixels} of 255, probabilities by ${probability.toExponential(1)}`;
}

function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a, (v, i) => Math.abs(v - b[i]!)).reduce((x, y) => Math.max(x, y), 0);
}
