import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "@huggingface/transformers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scattered, taggedWords, writeTinyEncoder } from "../../test/tiny-encoder.js";
import type { Context } from "../commands/context.js";
import { evaluateCommand } from "../commands/evaluate.js";
import { predictCommand } from "../commands/predict.js";
import type { TuneResults } from "../report/index.js";
import { tune } from "./tune.js";

let root: string;
let results: TuneResults;
const said: string[] = [];
const at = (name: string): string => join(root, name);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-tagged-"));
  await writeTinyEncoder(at("encoder"), scattered);
  await writeFile(at("train.conll"), taggedWords(48));
  await writeFile(at("test.conll"), `${taggedWords(15, 1)}\n# a tag that nobody trained\nThe O\nbird B-BIRD\nsat O\n`);
  results = await tune({
    train: at("train.conll"),
    test: at("test.conll"),
    backbone: at("encoder"),
    out: at("run"),
    cache: at("cache"),
    taus: [0, 16],
    batch: 8,
    lr: 0.05,
    threads: 1,
    onProgress: (event) => void (event.kind === "message" && said.push(event.text)),
  });
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

/** What `predict --json` says of a text's words. */
interface Answer {
  text: string;
  words: { text: string; start: number; end: number; tag: string | null; probability: number | null }[];
  entities: { type: string; text: string; start: number; end: number }[];
}

async function predicted(names: readonly string[]): Promise<Answer[]> {
  const [context, printed] = listening();
  await predictCommand(at("run"), names, { csv: false, json: true, verbose: false }, context);
  return (JSON.parse(printed[0]!) as { predictions: Answer[] }).predictions;
}

test("words with tags and an encoder become a tagger, and all that was assumed is said", () => {
  expect(results.metric.name).toBe("entity F1");
  expect(results.best!.testScore).toBeGreaterThan(0.6);
  expect(results.data).toMatchObject({
    sample: "text",
    objective: "token-classification",
    outputs: ["B-ANI", "B-LOC", "I-ANI", "O"],
    train: { count: 40 },
  });
  expect(results.best!.classes!.map(({ label }) => label)).toEqual(["ANI", "LOC"]);
  const whole = said.join("\n");
  expect(whole).toMatch(/reads words from column 1 and their tags from column 2 of the lines of .*train\.conll/);
  expect(whole).toMatch(/1 word of .*test\.conll has a tag that the training texts have not \('B-BIRD'\)/);
});

test("predict splits raw text into words, and says where they and the entities are", async () => {
  const text = "The  good dog sang\tin the park.";
  await writeFile(at("asked.jsonl"), '{"tokens":["bad","cat"]}\n');
  const [first, second] = await predicted([text, at("asked.jsonl")]);
  expect(first!.text).toBe(text);
  expect(first!.words.map((word) => text.slice(word.start, word.end))).toEqual(
    "The good dog sang in the park .".split(" "),
  );
  expect(first!.words.map(({ tag }) => tag)).toEqual("O B-ANI I-ANI O O O B-LOC O".split(" "));
  expect(first!.words.every(({ probability }) => probability! > 0.25 && probability! <= 1)).toBe(true);
  expect(first!.entities).toEqual([
    { type: "ANI", text: "good dog", start: 5, end: 13 },
    { type: "LOC", text: "park", start: 26, end: 30 },
  ]);
  expect(second!.entities).toEqual([{ type: "ANI", text: "bad cat", start: 0, end: 7 }]);
});

test("predict prints tables, and CSV with a row per word", async () => {
  const [context, printed] = listening();
  await predictCommand(at("run"), ["good dog"], { csv: false, json: false, verbose: false }, context);
  expect(printed[0]).toMatch(
    /^word +tag +probability\n.*good +B-ANI +\d+\.\d %\ndog +I-ANI +\d+\.\d %\nANI: good dog$/s,
  );
  await predictCommand(at("run"), ["good dog"], { csv: true, json: false, verbose: false }, context);
  expect(printed[1]!.split("\n")).toEqual([
    "text,start,end,word,tag,probability",
    expect.stringMatching(/^good dog,0,4,good,B-ANI,0\.\d+$/),
    expect.stringMatching(/^good dog,5,8,dog,I-ANI,0\.\d+$/),
  ]);
});

test("evaluate scores the exported folder as the run did, type by type", async () => {
  const [context, printed] = listening();
  await evaluateCommand(at("run"), at("test.conll"), { json: true, verbose: false }, context);
  const { classes } = results.best!.onTest!;
  expect(JSON.parse(printed[0]!)).toMatchObject({
    score: results.best!.testScore,
    classes,
    data: { sample: "text", count: 16, unknown: [{ label: "B-BIRD", samples: 1 }] },
  });
  const [other, told] = listening();
  await evaluateCommand(at("run"), at("test.conll"), { json: false, verbose: false }, other);
  expect(told[0]).toMatch(/type +entities +right +precision +recall +F1\nANI +15 /);
  expect(told[0]).toMatch(/entity F1 \d+\.\d %.* on 16 texts/);
});

test("transformers.js' token-classification gives the same tags, and the card says how", async () => {
  const tag = await pipeline("token-classification", at("run/model"), { dtype: "fp32" });
  const text = "the bad cat sat in the tree";
  const found = (await tag(text, { ignore_labels: [] })) as { entity: string; word: string; score: number }[];
  const [own] = await predicted([text]);
  expect(found.map(({ word, entity }) => [word, entity])).toEqual(own!.words.map((word) => [word.text, word.tag]));
  found.forEach(({ score }, i) => expect(score).toBeCloseTo(own!.words[i]!.probability!, 5));
  const card = await readFile(at("run/model/README.md"), "utf8");
  expect(card).toContain("pipeline_tag: token-classification");
  expect(card).toContain('await pipeline("token-classification", "FOLDER_OR_REPOSITORY");');
  const config = JSON.parse(await readFile(at("run/model/config.json"), "utf8")) as Record<string, unknown>;
  expect(config["architectures"]).toEqual(["BertForTokenClassification"]);
});

test("the report has types of entities, and marks the wrong words", async () => {
  const report = await readFile(at("run/report.html"), "utf8");
  expect(report).toContain("Every type of entity, lowest F1 first");
  expect(report).toContain("Entity F1</strong> counts entities, not words");
  expect(report).not.toMatch(/Confusion matrix|undefined|NaN/);
});
