import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "@huggingface/transformers";
import { openTokenizer } from "@taskhead/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reviews, writeTinyEncoder } from "../../test/tiny-encoder.js";
import { evaluateCommand } from "../commands/evaluate.js";
import { predictCommand } from "../commands/predict.js";
import { inspect } from "../commands/inspect.js";
import type { Context } from "../commands/context.js";
import type { TuneResults } from "../report/index.js";
import type { NamedText } from "../text/named-texts.js";
import { openServedTexts } from "../text/served.js";
import { InterruptedError } from "./interrupted.js";
import { tune } from "./tune.js";

let root: string;
let results: TuneResults;
const said: string[] = [];
const at = (name: string): string => join(root, name);

function run(out: string, more: object = {}): Promise<TuneResults> {
  return tune({
    train: at("train.csv"),
    test: at("test.csv"),
    backbone: at("encoder"),
    out: at(out),
    cache: at("cache"),
    taus: [0, 16],
    batch: 8,
    lr: 0.05,
    threads: 1,
    onProgress: (event) => void (event.kind === "message" && said.push(event.text)),
    ...more,
  });
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-texts-"));
  await writeTinyEncoder(at("encoder"));
  await writeFile(at("train.csv"), reviews(60));
  await writeFile(at("test.csv"), reviews(20, 1));
  results = await run("run");
});
afterAll(() => rm(root, { recursive: true, force: true }));

function listening(): [context: Context, printed: string[]] {
  const printed: string[] = [];
  const context = {
    print: (text: string) => void printed.push(text),
    progress: { say: () => undefined, task: () => ({ update: () => undefined, end: () => undefined }) },
    width: 100,
    commandLine: "taskhead",
  } as unknown as Context;
  return [context, printed];
}

test("a table and an encoder become a classifier, and all that was assumed is said", () => {
  expect(results.best!.testScore).toBeGreaterThan(0.6);
  expect(results.data).toMatchObject({ sample: "text", outputs: ["negative", "positive"] });
  expect(results.options).toMatchObject({ optimizer: "adamw", batch: 8, epochs: 4, maxLength: 16 });
  const whole = said.join("\n");
  expect(whole).toContain("texts are cut to 16 tokens, special ones among them (the positions of config.json");
  expect(whole).toContain("reads texts from column 'text' and classes from column 'label'");
  expect(whole).toMatch(
    /Features are the output 'last_hidden_state', averaged over tokens by 'attention_mask', as 1_Pooling\/config.json says/,
  );
  expect(whole).toMatch(/\d+ training texts? \([\d.]+ %\) have more than 16 tokens and are cut there/);
});

test("how long texts are is kept, and shown in the report", async () => {
  const { lengths, count } = results.data.train;
  expect(lengths!.most).toBe(16);
  expect(lengths!.cut).toBeGreaterThan(0);
  expect(lengths!.counts.reduce((a, b) => a + b) + lengths!.cut).toBe(count);
  const page = (await readFile(at("run/report.html"), "utf8")).replaceAll("\u00a0", " ");
  expect(page).toContain('<h2 id="lengths-title">How long the texts are</h2>');
  expect(page).toContain(`${lengths!.cut} cut to 16`);
});

test("inspect tells how texts become numbers, and what they lack", async () => {
  const [context, printed] = listening();
  await inspect(at("encoder"), { json: false }, context);
  expect(printed[0]).toMatch(
    /tokenizer tokenizer\.json of a BertTokenizer; texts are cut to 16 tokens \(the positions of config\.json\), shorter ones filled up with token 0 on the right/,
  );
  await mkdir(at("alone"));
  await writeFile(at("alone/model.onnx"), await readFile(at("encoder/onnx/model.onnx")));
  await inspect(at("alone/model.onnx"), { json: true }, context);
  expect(JSON.parse(printed[1]!)).toMatchObject({ texts: { refused: expect.stringContaining("no tokenizer.json") } });
});

test("predict and evaluate that are stopped keep nothing, and say so", async () => {
  const [context] = listening();
  const stopped = { ...context, signal: AbortSignal.abort(new InterruptedError()) };
  const asked = predictCommand(at("run"), ["A film"], { csv: false, json: false, verbose: false }, stopped);
  await expect(asked).rejects.toThrow(new InterruptedError("stopped; nothing was written"));
  const scored = evaluateCommand(at("run"), at("test.csv"), { json: true, verbose: false }, stopped);
  await expect(scored).rejects.toThrow(new InterruptedError("stopped; nothing was written"));
});

test("transformers.js gives the exported folder's answers, and the card says how", async () => {
  const classify = await pipeline("text-classification", at("run/model"), { dtype: "fp32" });
  const rows = (await readFile(at("test.csv"), "utf8")).trim().split("\n").slice(1);
  let right = 0;
  for (const row of rows) {
    const [, text, label] = /^"(.*)",(\w+)$/.exec(row)!;
    const [first] = (await classify(text!, { top_k: 1 })) as { label: string }[];
    if (first!.label === label) right++;
  }
  expect(right / rows.length).toBe(results.best!.testScore);
  const card = await readFile(at("run/model/README.md"), "utf8");
  expect(card).toContain("pipeline_tag: text-classification");
  expect(card).toContain('await classify(["One text.", "Another one."]);');
});

test("predict takes texts, tables and .txt files, and evaluate scores as the run did", async () => {
  await writeFile(at("one.txt"), "The bird was awful");
  await writeFile(at("asked.jsonl"), '{"id":1,"text":"the film was great"}\n{"id":2,"text":""}\n');
  const [context, printed] = listening();
  const names = ["The movie was good", at("one.txt"), at("asked.jsonl"), "none.csv"];
  const asked = predictCommand(at("run"), names, { csv: false, json: true, verbose: false, top: 1 }, context);
  await expect(asked).rejects.toThrow(/2 of 5 could not be answered, the first .*asked\.jsonl:2/);
  const { predictions } = JSON.parse(printed[0]!) as { predictions: { text: string; classes: { label: string }[] }[] };
  expect(predictions.map(({ text, classes }) => [text, classes[0]!.label])).toEqual([
    ["The movie was good", "positive"],
    ["The bird was awful", "negative"],
    ["the film was great", "positive"],
  ]);
  const [other, told] = listening();
  await evaluateCommand(at("run"), at("test.csv"), { json: true, verbose: false }, other);
  expect(JSON.parse(told[0]!)).toMatchObject({ score: results.best!.testScore, data: { sample: "text", count: 20 } });
});

test("predict says which column it reads where no name of one says that it is the text, and what looks like no header", async () => {
  await writeFile(at("bare.csv"), "the film was good,1\nthe bird was awful,0\n");
  const [context] = listening();
  const said: string[] = [];
  const told = { ...context, progress: { ...context.progress, say: (line: string) => void said.push(line) } };
  await predictCommand(at("run"), [at("bare.csv")], { csv: false, json: true, verbose: false }, told);
  expect(said).toEqual([
    expect.stringMatching(/^warning: the first row of .*bare\.csv is read as names of columns, but '1' looks like/),
    expect.stringMatching(
      /^warning: reads texts from column 'the film was good' of .*bare\.csv \(another is named with --text\)$/,
    ),
  ]);
});

test("predict and evaluate refuse options for samples that the model does not take", async () => {
  const plain = { csv: false, json: true, verbose: false };
  const [context] = listening();
  await expect(predictCommand(at("run"), ["a"], { ...plain, smiles: "smiles" }, context)).rejects.toThrow(
    /^--smiles is for molecules, and .*model is a model of texts; leave it out$/,
  );
  await expect(evaluateCommand(at("run"), at("test.csv"), { ...plain, ignore: 3 }, context)).rejects.toThrow(
    /^--ignore is for masked images, and /,
  );
});

test("a text with a token that the model's table lacks is named and left out; the others are answered", async () => {
  const tokenizer = JSON.parse(await readFile(at("encoder/tokenizer.json"), "utf8")) as { model: { vocab: object } };
  Object.assign(tokenizer.model.vocab, { zebra: 26 });
  const settings = JSON.parse(await readFile(at("encoder/tokenizer_config.json"), "utf8")) as Record<string, unknown>;
  const grown = await openTokenizer({ "tokenizer.json": tokenizer, "tokenizer_config.json": settings });
  const served = await openServedTexts(await readFile(at("run/model/onnx/model.onnx")), grown);
  const answers: string[] = [];
  await served.answer([{ text: "the zebra was good" }, { text: "the film was good" }] as NamedText[], {
    onAnswer: (i, logits) => void answers.push(`${i}: ${logits.length} logits`),
    onSkip: (i, reason) => void answers.push(`${i}: ${reason}`),
  });
  await served.release();
  expect(answers).toEqual([
    "0: its token 2 has the number 26, and the model's table of tokens has 26 rows, 0 to 25; give the tokenizer.json that the model was exported with",
    "1: 2 logits",
  ]);
});

test("a stopped run of texts goes on to the same result", async () => {
  const stopping = new AbortController();
  const onProgress = (event: { kind: string; text?: string }): void => {
    if (event.kind === "progress" && JSON.stringify(event).includes("epoch")) stopping.abort(new Error("stop"));
  };
  await run("again", { onProgress, signal: stopping.signal }).catch(() => undefined);
  const { createdAt: _, ...again } = await run("again");
  const rows = (all: TuneResults): unknown => all.rows.map((row) => ({ ...row, seconds: 0 }));
  expect(rows(again as TuneResults)).toEqual(rows(results));
  expect(again.best!.testScore).toBe(results.best!.testScore);
});

test("texts are refused in one line where model or table do not fit", async () => {
  await writeFile(at("bare.onnx"), await readFile(at("encoder/onnx/model.onnx")));
  await expect(run("bare", { backbone: at("bare.onnx") })).rejects.toThrow(
    /bare\.onnx: .*has no tokenizer.json; write one with/,
  );
  await expect(run("sized", { size: 32 })).rejects.toThrow(
    /size is for images, and these samples are texts .*; leave it out/,
  );
  await writeFile(at("empty.csv"), "");
  await expect(run("empty", { train: at("empty.csv") })).rejects.toThrow(
    /empty\.csv is empty; give a table with the names/,
  );
  await expect(run("none", { text: ["body"] })).rejects.toThrow(/has no column 'body' \(it has 'text', 'label'\)/);
});
