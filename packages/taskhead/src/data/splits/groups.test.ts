import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createEngine, openTokenizer } from "@taskhead/core";
import { plainPreprocessing, type Content } from "@taskhead/core/internals";
import * as ort from "onnxruntime-node";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyEncoder } from "../../../test/tiny-encoder.js";
import { UserError } from "../../files/errors.js";
import { loadSets as loadGraphs } from "../../graphs/load-sets.js";
import { graphKind, moleculeKind } from "../../graphs/kind.js";
import { scanGraphs } from "../../graphs/scan.js";
import { found as foundGraphs } from "../../graphs/sets.js";
import { contentOfGraph, type Graph } from "../../graphs/graph.js";
import { imageKind } from "../../images/kind.js";
import { loadSets as loadImages } from "../../images/load-sets.js";
import { maskKind } from "../../masks/kind.js";
import { optionsFrom, type TuneOptions } from "../../options/options.js";
import { textKind } from "../../text/kind.js";
import { textFilesOf } from "../../text/model-files.js";
import { loadTexts } from "../../text/load-texts.js";

let root: string;
const at = (path: string): string => join(root, path);

async function put(path: string, content: string | Uint8Array): Promise<string> {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), content);
  return at(path);
}

const picture = (i: number) =>
  sharp({ create: { width: 4, height: 4, channels: 3, background: { r: 20 * i, g: 255 - 9 * i, b: 99 } } })
    .png()
    .toBuffer();

/** What the readers ask of the options. */
const asking = (group: string, more: Partial<TuneOptions> = {}): TuneOptions =>
  ({ task: "classification", group, seed: 0, valFraction: 0.25, ...more }) as TuneOptions;

async function message(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  return (error as Error).message.replaceAll(root, "ROOT");
}

const said: string[] = [];
const listener = { onProgress: (event: { kind: string }) => void ("text" in event && said.push(String(event.text))) };

/** @returns how many groups each side has; none on both */
function requireApart(train: Content | undefined, validation: Content | undefined): [number, number] {
  const [own, others] = [new Set(train!.groups), new Set(validation!.groups)];
  expect([...own].filter((group) => group !== undefined && others.has(group))).toEqual([]);
  return [own.size, others.size];
}

/** 24 rows of eight authors, two of them without one; half of each class. */
const authors = Array.from({ length: 24 }, (_, i) => (i < 22 ? `author ${i % 8}` : ""));
const label = (i: number): string => (i % 3 === 0 ? "yes" : "no");

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-groups-"));
  await put("texts.csv", ["text,who,label", ...authors.map((who, i) => `text ${i},${who},${label(i)}`)].join("\n"));
  await put("plain.csv", ["text,label", ...authors.map((_, i) => `other ${i},${label(i)}`)].join("\n"));
  await put(
    "tagged.jsonl",
    authors.map((who, i) => JSON.stringify({ who, tokens: ["a", "b"], ner_tags: ["O", `B-${label(i)}`] })).join("\n"),
  );
  await put(
    "molecules.csv",
    ["smiles,label,who", ...authors.map((who, i) => `${"C".repeat(i + 1)}O,${label(i)},${who}`)].join("\n"),
  );
  await put(
    "graphs.jsonl",
    authors.map((who, i) => JSON.stringify({ x: [[i]], edge_index: [[], []], y: label(i), who })).join("\n"),
  );
  for (const i of authors.keys()) await put(`classes/${label(i)}/p${i % 6}/${i}.png`, await picture(i));
  await put(
    "classes/metadata.csv",
    ["file_name,who", ...authors.map((who, i) => `./${label(i)}/p${i % 6}/${i}.png,${who}`)].join("\n"),
  );
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("a column of groups", () => {
  it("is read of texts, words, molecules and graphs; a blank one is a group of its own, which is said", async () => {
    const texts = await textKind.scan(at("texts.csv"), asking("who"), {});
    expect(texts.source.samples.map(({ group = "" }) => group)).toEqual(authors);
    expect(texts.source).toMatchObject({ group: "who", text: ["text"], columns: ["label"] });
    expect(texts.source.notes.join()).toMatch(
      /^2 of 24 texts in .*texts.csv name no 'who': each is a group of its own$/,
    );
    const words = await textKind.scan(at("tagged.jsonl"), asking("who", { task: "token-classification" }), {});
    expect(words.source.samples.map(({ group = "" }) => group)).toEqual(authors);
    const molecules = await moleculeKind.scan(at("molecules.csv"), asking("who"), {});
    expect(molecules.source.rows.map(({ group = "" }) => group)).toEqual(authors);
    const graphs = await graphKind.scan(at("graphs.jsonl"), asking("who"), {});
    expect(graphs.source.rows.map(({ group = "" }) => group)).toEqual(authors);
    expect(graphs.source.columns).toEqual(["y"]);
  });

  it("decides what a run is", async () => {
    const other = await put("others.csv", ["text,who,label", "a,p,yes", "b,p,no"].join("\n"));
    const { fingerprint } = await textKind.scan(other, asking("who"), {});
    await put("others.csv", ["text,who,label", "a,p,yes", "b,q,no"].join("\n"));
    expect((await textKind.scan(other, asking("who"), {})).fingerprint).not.toEqual(fingerprint);
  });

  it("is lacking in a line, of training samples; of others it is only said", async () => {
    expect(await message(textKind.scan(at("texts.csv"), asking("patient"), {}))).toMatch(
      /texts.csv has no column 'patient' \(it has .*\); add it, or name another with --group$/,
    );
    expect(await message(textKind.scan(at("texts.csv"), asking("label", { label: "label" }), {}))).toContain(
      "cannot be both the group and a part of the sample or what is predicted of it; name another with --group",
    );
    const like = await textKind.scan(at("texts.csv"), asking("who"), {});
    const { source } = await textKind.scan(at("plain.csv"), asking("who"), { like });
    expect(source.notes.join()).toContain("has no column 'who': whether its groups were trained on cannot be told");
  });

  it("is of no use beside --split scaffold", async () => {
    const given = { train: at("molecules.csv"), backbone: await put("net.onnx", ""), out: at("run"), group: "who" };
    const input = { ...given, smiles: "smiles", split: "scaffold" } as const;
    expect(() => optionsFrom(input)).toThrow("split scaffold and group both say what stays together");
  });
});

describe("groups of images", () => {
  it("are a column of metadata.csv beside class folders, or the folders below those", async () => {
    const scanned = await imageKind.scan(at("classes"), asking("who"), {});
    const number = (path: string): number => Number(/(\d+)\.png$/.exec(path)![1]);
    const { files, groups } = scanned.source;
    expect(files.map(({ path }, i) => [number(path), groups!.of[i] ?? ""])).toEqual(
      files.map(({ path }) => [number(path), authors[number(path)]]),
    );
    const folders = await imageKind.scan(at("classes"), asking("folder"), {});
    expect(folders.source.groups!.of).toEqual(folders.source.files.map(({ path }) => path.split("/")[1]));
    expect(folders.fingerprint.text).not.toBe(scanned.fingerprint.text);
  });

  it("are a column of the file of labels, which is none of the targets", async () => {
    await put("rows/a.png", await picture(1));
    await put("rows/b.png", await picture(2));
    await put("rows/labels.csv", "file_name,size,who\na.png,1,p\nb.png,2,q\n");
    const { source } = await imageKind.scan(at("rows"), asking("who", { task: "regression" }), {});
    expect(source).toMatchObject({ columns: ["size"], groups: { column: "who", of: ["p", "q"] } });
  });

  it("of pictures with masks are told likewise, and what says nothing of them is told in a line", async () => {
    for (const i of [0, 1]) {
      await put(`masked/images/drive ${i}/${i}.png`, await picture(i));
      const mask = sharp(Buffer.from([0, 1, i, 1]), { raw: { width: 2, height: 2, channels: 1 } });
      await put(`masked/masks/drive ${i}/${i}.png`, await mask.toColourspace("b-w").png().toBuffer());
    }
    expect((await maskKind.scan(at("masked"), asking("folder"), {})).groups).toEqual({
      column: "folder",
      of: ["drive 0", "drive 1"],
    });
    expect(await message(maskKind.scan(at("masked"), asking("who"), {}))).toMatch(
      /has no .*metadata.csv.* that could say the 'who' of each image; put one there, with the columns file_name and who, or give --group folder/,
    );
  });
});

describe("a split", () => {
  const nothing = { validation: null, test: null, ood: [] };

  it("of images keeps groups on one side, and says how many there are on each", async () => {
    const train = await imageKind.scan(at("classes"), asking("who"), {});
    const sets = await loadImages(
      createEngine(ort),
      { train, ...nothing },
      {
        preprocessing: plainPreprocessing(4),
        valFraction: 0.25,
        seed: 0,
        memoryBudget: 1e6,
        cacheDir: root,
        ...listener,
      },
    );
    const [own, others] = requireApart(sets.train.content, sets.validation.content);
    await sets.close();
    expect(own).toBeGreaterThan(others);
    expect(said.join("\n")).toMatch(
      /keeps images of one 'who' together: \d to train on with \d+ images, \d others to validate on with \d$/m,
    );
  });

  it("of texts does so, and groups that are tested and trained on are known", async () => {
    await writeTinyEncoder(at("encoder"));
    const train = await textKind.scan(at("texts.csv"), asking("who"), {});
    const test = await textKind.scan(at("texts.csv"), asking("who"), { like: train });
    const tokenizer = await openTokenizer(await textFilesOf(at("encoder/onnx/model.onnx")));
    const sets = await loadTexts({ train, ...nothing, test }, tokenizer, { valFraction: 0.25, seed: 0 }, listener);
    requireApart(sets.train.content, sets.validation.content);
    expect(sets.test!.content!.groups!.map((group = "") => group)).toEqual(authors);
  });

  it("of graphs does so, and says in a line where there are too few", async () => {
    const read = async ({ rows }: { rows: readonly { sample: unknown }[] }) =>
      rows.map((row) => ({ row, graph: row.sample as Graph, key: contentOfGraph(row.sample as Graph) })) as never;
    const load = async (lines: readonly object[]) => {
      const file = await put("few.jsonl", lines.map((line) => JSON.stringify(line)).join("\n"));
      const train = foundGraphs(await scanGraphs(file, { task: "classification", group: "who" }));
      return loadGraphs({ train, ...nothing }, read, { valFraction: 0.25, seed: 0 }, {});
    };
    const line = (i: number, who: string) => ({ x: [[i]], edge_index: [[], []], y: label(i), who });
    const sets = await load(authors.map((who, i) => line(i, who)));
    requireApart(sets.train.content, sets.validation.content);
    expect(await message(load(authors.map((_, i) => line(i, "one"))))).toMatch(
      /has a second 'who' to validate on.*; add graphs of others, leave --group out, or give others to validate on with --val$/,
    );
  });
});
