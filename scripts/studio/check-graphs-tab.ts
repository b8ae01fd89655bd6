import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Answer } from "@taskhead/core/internals";
import type { Page } from "playwright-core";
import { tinyGraphNet } from "../tiny-graph-net.js";
import { taskhead } from "./command-line.js";
import { unpack } from "./served.js";
import { checkResumed, downloaded, headlineOf, probed, tableOf, tuned, type Tabs } from "./tabs.js";

const epochs = 4;
const widths = [2, 1] as const;

/**
 * Graphs that are no molecules, as JSON lines in two sets: found and said, probed and fine-tuned on a network of their own features,
 * one asked, and the downloaded model as `taskhead predict` and `taskhead evaluate` have it.
 */
export async function checkGraphsTab(tabs: Tabs, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const graphs = Array.from({ length: 90 }, (_, n) => graph(n));
  const files = { train: graphs.slice(0, 70), test: graphs.slice(70) };
  const [train, test] = Object.entries(files).map(([set, lines]) => {
    const path = join(folder, `${set}.jsonl`);
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    return path;
  }) as [string, string];
  const net = join(folder, "net.onnx");
  writeFileSync(net, tinyGraphNet(widths));
  const give = async (page: Page): Promise<void> => {
    await page.setInputFiles("[data-testid=file]", [train, test]);
    await page.waitForSelector("[data-testid=given]");
    await page.setInputFiles("[data-testid=onnx]", net);
    await page.waitForSelector("[data-testid=backbone]:has-text('net.onnx')");
  };
  const page = await tabs.tab();
  await give(page);
  const said = (await page.innerText(".step >> nth=0")).replace(/\s+/g, " ");
  tabs.check(
    "graphs are found and said",
    /90 graphs of 2 classes: chain \d+, ring \d+/.test(said) &&
      /70 of them to train on \(train\.jsonl\), 20 to test on \(test\.jsonl\)/.test(said),
    /90 .*/.exec(said)?.[0],
  );
  await tabs.shot(page, "33-graphs");
  await probed(page);
  await tuned(page, epochs);
  const table = await tableOf(page);
  const { y: _, ...asked } = graph(3);
  await page.fill("[data-testid=ask]", "{}");
  await page.waitForSelector(".try .fault:not([hidden])");
  const fault = await page.innerText(".try .fault");
  tabs.check("what is no graph is said in a line", fault.includes("this is no graph (x is to list numbers"), fault);
  await page.fill("[data-testid=ask]", JSON.stringify(asked));
  await page.waitForSelector("[data-testid=answer] li");
  const answer = (await page.innerText("[data-testid=answer]")).replace(/\s+/g, " ").trim();
  await page.click("summary:has-text('The whole report')");
  await page.frameLocator("iframe.report").locator("h1").waitFor();
  await tabs.shot(page, "34-graphs-tuned");
  await tabs.accessible(page, "with graphs");
  const model = join(folder, "model");
  unpack(await downloaded(page, "Download the model"), model);
  const one = join(folder, "one.jsonl");
  writeFileSync(one, `${JSON.stringify(asked)}\n`);
  const { predictions } = taskhead<{ predictions: Answer[] }>("predict", model, one);
  const theirs = predictions[0]!.classes!.map(
    ({ label, probability }) => `${label} ${(100 * probability).toFixed(1)} %`,
  );
  tabs.check(
    "taskhead predict says the same of a graph",
    theirs.join(" ") === answer,
    `${theirs.join(" ")} (tab: ${answer})`,
  );
  const { score } = taskhead<{ score: number }>("evaluate", model, test);
  const expected = `${(100 * score).toFixed(1)} % on the test graphs`;
  const headline = await headlineOf(page);
  tabs.check(
    "taskhead evaluate scores the test graphs as the page",
    headline.includes(expected),
    `${expected} (${headline})`,
  );
  await page.context().close();
  await checkResumed(tabs, "a tab with graphs, loaded again,", { prepare: give }, epochs, table);
}

/** A ring, or the same open: which of the two its nodes and edges say by where it ends. */
function graph(n: number) {
  const [size, ring] = [4 + (n % 5), (n * 7) % 3 !== 0];
  const ends = Array.from({ length: ring ? size : size - 1 }, (_, i) => [i, (i + 1) % size] as const);
  const edges = ends.flatMap(([a, b]) => [
    [a, b],
    [b, a],
  ]) as [number, number][];
  return {
    x: Array.from({ length: size }, (_, i) => [(n * 3 + i) % 4, i === 0 ? 1 : 0]),
    edge_index: [edges.map(([from]) => from), edges.map(([, to]) => to)],
    edge_attr: edges.map(() => [0]),
    y: ring ? "ring" : "chain",
  };
}
