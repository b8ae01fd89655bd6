import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeTables } from "#taskhead/demo/text/tables.js";
import { inRepository } from "../paths.js";
import { withExternalWeights } from "./external-weights.js";
import { probed, tableOf, tuned, type Tabs } from "./tabs.js";

/** The embedded encoder as a folder, its weights in `onnx/model.onnx_data`. */
export function partedEncoder(folder: string): string {
  const root = join(folder, "parted");
  cpSync(inRepository("packages/taskhead/assets/demo-encoder"), root, { recursive: true });
  const file = join(root, "onnx/model.onnx");
  const { model, weights } = withExternalWeights(readFileSync(file), "model.onnx_data");
  writeFileSync(file, model);
  writeFileSync(`${file}_data`, weights);
  return root;
}

/** A model whose weights lie in a file beside it does as the same one in one file, and says where that file is lacking. */
export async function checkWeightsTab(tabs: Tabs, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { train } = writeTables(folder, 0);
  const parted = partedEncoder(folder);
  const tables: string[] = [];
  for (const model of [undefined, parted]) {
    const page = await tabs.tab();
    await page.setInputFiles("[data-testid=file]", train);
    await page.waitForSelector("[data-testid=given]");
    if (model !== undefined) {
      await page.setInputFiles("[data-testid=model-folder]", model);
      await page.waitForSelector("[data-testid=backbone]:has-text('parted')");
    }
    await probed(page);
    await tuned(page, 1);
    tables.push(await tableOf(page));
    await page.context().close();
  }
  const [whole, own] = tables;
  tabs.check("weights beside a model are read", own === whole, own === whole ? "the same table" : tables.join(" / "));

  rmSync(join(parted, "onnx/model.onnx_data"));
  const page = await tabs.tab();
  await page.setInputFiles("[data-testid=file]", train);
  await page.waitForSelector("[data-testid=given]");
  await page.setInputFiles("[data-testid=model-folder]", parted);
  await page.waitForSelector(".fault:has-text('model.onnx_data')");
  const fault = await page.innerText(".fault:has-text('model.onnx_data')");
  tabs.check("a file of weights that is lacking is named", /keeps weights in parted\/onnx\/model/.test(fault), fault);
  await tabs.shot(page, "14-weights");
  await page.context().close();
}
