import { readdirSync } from "node:fs";
import { join } from "node:path";
import { split } from "@taskhead/core";
import { drawFolders } from "#taskhead/demo/folders.js";
import {
  answerOf,
  checkResumed,
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
import { inWords, openPictures, unpack } from "./served.js";

/**
 * Drawn pictures as a folder: probed, fine-tuned, stopped in the middle and gone on with after the tab was loaded again; the
 * model answers a picture and is downloaded, and the file is scored by onnxruntime-node.
 */
export async function checkPicturesTab(tabs: Tabs, folder: string): Promise<void> {
  await drawFolders(folder, 0);
  const train = join(folder, "train");
  const page = await tabs.tab();
  await tabs.shot(page, "1-empty");
  await probed(page, { folder: train });
  await page.waitForSelector("[data-testid=forecast]:has-text('features will move')", { timeout: 120_000 });
  const before = await page.innerText("[data-testid=forecast]");
  await page.locator(".drag input").fill("0");
  const isOther = (text: string): boolean => text !== before && !text.endsWith("…");
  const after = await settledText(page, "[data-testid=forecast]", isOther);
  tabs.check("another start has another forecast", before !== after, `${before} → ${after}`);
  await tabs.shot(page, "2-probed");
  await tuned(page, 3);
  const undisturbed = await tableOf(page);
  await tabs.shot(page, "3-tuned");
  await tabs.accessible(page, "with pictures");

  const picture = join(folder, "test", ...firstIn(join(folder, "test")));
  await page.setInputFiles("[data-testid=ask]", picture);
  const said = await answerOf(page);
  const zip = await downloaded(page, "Download the model");
  const model = join(folder, "model");
  const names = unpack(zip, model);
  tabs.check(
    "the zip is a model's folder",
    names.includes("onnx/model.onnx") && names.includes("config.json"),
    names.join(" "),
  );
  const project = await keptProject(page);
  const logitsOf = await openPictures(join(model, "onnx/model.onnx"));
  const answered = inWords(await logitsOf(picture), project.outputs);
  tabs.check("onnxruntime-node says the same of a picture", said.startsWith(answered), `${answered} (tab: ${said})`);

  // The samples that were kept back, by the same split.
  const { validation } = split(targetsOf(project), 0.2, 0);
  let right = 0;
  for (const i of validation) {
    const logits = await logitsOf(join(folder, project.names[i]!));
    if (logits.indexOf(Math.max(...logits)) === project.targets[i]) right++;
  }
  const score = `${((100 * right) / validation.length).toFixed(1)} %`;
  const headline = await headlineOf(page);
  tabs.check(
    "its score under onnxruntime-node is the one that was reported",
    headline.startsWith(score),
    `${score} (${headline})`,
  );
  await page.context().close();

  await checkResumed(tabs, "a tab that was loaded again", { given: { folder: train } }, 3, undisturbed);

  const third = await tabs.tab();
  await third.click("text=Record with the webcam");
  for (const label of ["left", "right"]) {
    await third.fill(".webcam input", label);
    await third.hover("text=Hold to record");
    await third.mouse.down();
    await third.waitForTimeout(1500);
    await third.mouse.up();
  }
  const recorded = await third.innerText("[data-testid=given]");
  const most = Number(/^(\d+)/.exec(recorded)?.[1]);
  tabs.check("two classes are recorded", /of 2 classes/.test(recorded) && most > 4, recorded);
  await third.context().close();
}

function firstIn(folder: string): string[] {
  const [first] = readdirSync(folder).sort();
  return [first!, readdirSync(join(folder, first!)).sort()[0]!];
}
