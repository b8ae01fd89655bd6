import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Answer } from "@taskhead/core/internals";
import { zipSync } from "fflate";
import { writeTables } from "#taskhead/demo/text/tables.js";
import { inRepository } from "../paths.js";
import { taskhead } from "./command-line.js";
import { unpack } from "./served.js";
import { answerOf, downloaded, keptProject, probed, tableOf, tuned, type Tabs } from "./tabs.js";

/** A sentence of the demo's kind. */
const sentence = "my parcel has still not arrived";

/**
 * Written requests as a table: columns guessed and said, probed on the embedded encoder and on one that is given as a zip,
 * fine-tuned, a sentence asked, and the downloaded folder read by `taskhead predict` and transformers.js.
 */
export async function checkTextsTab(tabs: Tabs, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { train } = writeTables(folder, 0);
  const page = await tabs.tab();
  await page.setInputFiles("[data-testid=file]", train);
  await page.waitForSelector("[data-testid=given]");
  const said = await page.innerText(".step >> nth=0");
  tabs.check(
    "the columns of a table are guessed and said",
    /reads texts from column 'text' and classes from column 'label'/.test(said),
    /It reads .*/.exec(said)?.[0],
  );
  await tabs.shot(page, "4-texts");
  await probed(page);
  await page.waitForSelector("[data-testid=forecast]:has-text('features will move')", { timeout: 120_000 });
  await tabs.shot(page, "5-texts-probed");
  await tuned(page, 3);
  const table = await tableOf(page);
  await page.fill("[data-testid=ask]", sentence);
  const answer = await answerOf(page);
  await tabs.shot(page, "6-texts-tuned");
  await tabs.accessible(page, "with texts");

  const model = join(folder, "model");
  const zip = await downloaded(page, "Download the model");
  const names = unpack(zip, model);
  const label = answer.replace(/ [\d.]+ %$/, "");
  const predicted = predictedBy(model);
  tabs.check("taskhead predict says the same of a sentence", predicted === answer, `${predicted} (tab: ${answer})`);
  const theirs = transformersSay(model);
  tabs.check("transformers.js reads the folder and says the same", theirs === answer, `${theirs} (tab: ${answer})`);
  tabs.check("the zip has its tokenizer", names.includes("tokenizer.json"), names.join(" "));
  tabs.check("it is a class of the table", (await keptProject(page)).outputs.includes(label), label);
  await page.context().close();

  const other = await tabs.tab();
  await other.setInputFiles("[data-testid=file]", train);
  await other.waitForSelector("[data-testid=given]");
  const encoder = join(folder, "encoder.zip");
  writeFileSync(encoder, zipOf(inRepository("packages/taskhead/assets/demo-encoder")));
  await other.setInputFiles("[data-testid=onnx]", encoder);
  await other.waitForSelector("[data-testid=backbone]:has-text('demo-encoder')");
  await probed(other);
  await tuned(other, 3);
  const same = await tableOf(other);
  tabs.check(
    "an encoder given as a zip does as the embedded one",
    same === table,
    same === table ? "the same table" : `${same} (embedded: ${table})`,
  );
  await other.context().close();

  const third = await tabs.tab();
  const run = join(folder, "run.zip");
  writeFileSync(run, zip);
  await third.setInputFiles("[data-testid=file]", run);
  const frame = third.frameLocator("iframe.report");
  await frame.locator("h1").waitFor();
  const title = (await frame.locator("h1").innerText()).replace(/\s+/g, " ");
  tabs.check("the zip opens as a report", title.length > 0, title);
  await tabs.shot(third, "7-report");
  await third.context().close();
}

/** A folder of a model, as a zip. */
function zipOf(folder: string): Uint8Array {
  const files = ["config.json", "tokenizer.json", "tokenizer_config.json", "1_Pooling/config.json", "onnx/model.onnx"];
  return zipSync(
    Object.fromEntries(
      files.map((name) => [`demo-encoder/${name}`, new Uint8Array(readFileSync(join(folder, name)))] as const),
    ),
  );
}

function predictedBy(model: string): string {
  const { predictions } = taskhead<{ predictions: readonly Answer[] }>("predict", model, sentence);
  const { label, probability } = predictions[0]!.classes![0]!;
  return `${label} ${(100 * probability).toFixed(1)} %`;
}

/** In a process of its own: two runtimes do not load in one. */
function transformersSay(model: string): string {
  const script = `import { env, pipeline } from "@huggingface/transformers";
    env.localModelPath = ""; env.allowRemoteModels = false;
    const classify = await pipeline("text-classification", ${JSON.stringify(model)}, { dtype: "fp32" });
    const [{ label, score }] = await classify(${JSON.stringify(sentence)});
    console.log(label + " " + (100 * score).toFixed(1) + " %");`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    cwd: inRepository("."),
  });
  return stdout.trim().split("\n").at(-1) || stderr.slice(-200);
}
