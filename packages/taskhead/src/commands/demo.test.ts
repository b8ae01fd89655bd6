import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { messages } from "../demo/text/messages.js";
import { targetIntents } from "../demo/text/write.js";
import { silent } from "../terminal/progress.js";
import type { Context } from "./context.js";
import { demo } from "./demo.js";
import { predictCommand } from "./predict.js";

let root: string;
const printed: string[] = [];
const context: Context = {
  print: (text) => void printed.push(text),
  progress: silent,
  signal: new AbortController().signal,
  commandLine: "taskhead demo-text",
};

/** The demo of texts on a small budget. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-demo-text-"));
  const small = {
    ...messages,
    recipe: { ...messages.recipe, probeEpochs: 1, starts: 1 },
    files: async (folder: string) => ({ ...(await messages.files(folder)), taus: [0, 1], blends: false }),
    perClass: { train: 2, test: 5 },
    seeds: [1, 2],
  };
  await demo(small, { epochs: 1, seed: 0, out: root, wide: false, json: false, verbose: false }, context);
  return () => rm(root, { recursive: true, force: true });
});

test("the demo of texts prints the run, what fresh sets showed, and how to ask the model", () => {
  const all = printed.join("\n");
  for (const part of ["on fresh sets", "16 to learn from", "40 test texts each", "The network had learned"])
    expect(all).toContain(part);
  expect(printed.at(-1)).toBe(`ask the model:  taskhead predict ${join(root, "run")} ${messages.question(root)}`);
});

test("it leaves the tables, the run's own report and card, and its page", async () => {
  const read = (file: string): Promise<string> => readFile(join(root, file), "utf8");
  expect((await read("texts/train.csv")).split("\n")).toHaveLength(1 + 12 * targetIntents.length + 1);
  expect(await read("demo.html")).toContain("<title>");
  expect(await read("run/report.html")).toContain("broken on arrival");
  expect(await read("run/model/README.md")).toContain("pipeline_tag: text-classification");
});

test("the model answers a text", async () => {
  printed.length = 0;
  await predictCommand(
    join(root, "run"),
    ["You sent me a lamp, but I ordered the clock."],
    { top: 1, csv: false, json: true, verbose: false },
    context,
  );
  const [line] = printed;
  expect(targetIntents.filter((intent) => line!.includes(intent))).toHaveLength(1);
});
