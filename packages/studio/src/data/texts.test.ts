import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { inColumns, whatIsIn } from "./given.js";
import type { PlacedFile } from "./placed-file.js";
import { textsByFolder } from "./texts.js";

const file = (path: string, content: string): PlacedFile => ({ path, file: new Blob([content]) });

describe("a table of texts", () => {
  const csv = file("/reviews.csv", 'id,text,label\n1,"good, really",yes\n2,bad,no\n3,,no\n');

  test("is read by its columns' names, and rows of no use are told", async () => {
    const given = await whatIsIn([csv]);
    if (!("kind" in given) || given.kind !== "texts") throw new Error("not texts");
    const found = given.found!;
    expect(found).toMatchObject({ task: "classification", outputs: ["no", "yes"] });
    expect(found.texts).toEqual([
      { name: "reviews.csv:2", target: 1, text: "good, really" },
      { name: "reviews.csv:3", target: 0, text: "bad" },
    ]);
    expect(found.said).toMatch(/^reads texts from column 'text' and classes from column 'label' of reviews\.csv/);
    expect(found.notes).toEqual(["skipped reviews.csv:4: 'text' is empty"]);
    expect(found.chosen).toEqual({ text: ["text"], targets: ["label"] });
  });

  test("whose columns say nothing asks which they are", async () => {
    const given = await whatIsIn([file("x.jsonl", '{"a":"p q","b":"r s","c":"1"}\n{"a":"t","b":"u","c":"0"}\n')]);
    if (!("kind" in given) || given.kind !== "texts") throw new Error("not texts");
    expect(given.found).toBeNull();
    expect(given.fault).toContain("--text");
    const chosen = await inColumns(given.sheet!.content, { text: ["a", "b"], targets: ["c"] });
    expect(chosen).toMatchObject({
      found: { outputs: ["0", "1"], texts: [{ text: "p q", pair: "r s", target: 1 }, { target: 0 }] },
    });
  });

  test("of numbers or labels says so, and can be read otherwise", async () => {
    const numbers = await whatIsIn([file("x.csv", "text,score\na,1.5\nb,\nc,-2\n")]);
    expect(numbers).toMatchObject({
      sheet: { task: "regression", asked: {} },
      found: {
        task: "regression",
        outputs: ["score"],
        texts: [{ target: [1.5] }, { target: [NaN] }, { target: [-2] }],
      },
    });
    const labels = await whatIsIn([file("x.csv", "text,rude,loud\na,1,0\nb,,yes\nc,maybe,0\nd,0,1\n")]);
    if (!("kind" in labels) || labels.kind !== "texts") throw new Error("not texts");
    expect(labels.found).toMatchObject({
      outputs: ["rude", "loud"],
      texts: [{ target: [1, 0] }, { target: [NaN, 1] }, { target: [0, 1] }],
    });
    expect(labels.found!.said).toMatch(
      /^reads texts from column 'text' and labels from columns 'rude' and 'loud' of x/,
    );
    expect(labels.found!.notes).toEqual([expect.stringContaining("x.csv:4: 'rude' is 'maybe'")]);
    const one = await inColumns(labels.sheet!.content, { task: "classification", targets: ["loud"] });
    expect(one).toMatchObject({ sheet: { task: "classification" }, found: { outputs: ["0", "1", "yes"] } });
  });

  test("may be Parquet, with names of its classes", async () => {
    const content = new URL("../../../taskhead/src/data/tables/parquet-files.json", import.meta.url);
    const { files } = JSON.parse(await readFile(content, "utf8")) as { files: Record<string, string> };
    const given = await whatIsIn([{ path: "/x.parquet", file: new Blob([Buffer.from(files["rows"]!, "base64")]) }]);
    expect(given).toMatchObject({
      sheet: { task: "classification" },
      found: {
        outputs: ["neg", "pos"],
        texts: [
          { name: "x.parquet:1", text: "a cat", target: 0 },
          { name: "x.parquet:2", target: 1 },
        ],
        notes: [/^skipped x\.parquet:3: 'text' is empty/, /^skipped x\.parquet:4: 'label' is -1/].map(
          (line) => expect.stringMatching(line) as string,
        ),
      },
    });
  });

  test("is the one that is called train", async () => {
    const test = file("d/test.csv", "text,label\nx,1\n");
    const train = file("d/train.csv", "text,label\na,1\nb,0\n");
    expect(await whatIsIn([test, train])).toMatchObject({ sheet: { content: { path: "d/train.csv" } } });
    await expect(whatIsIn([test, file("d/other.csv", "")])).rejects.toThrow("several tables");
    await expect(whatIsIn([file("d/a.parquet", "PAR1")])).rejects.toThrow("d/a.parquet cannot be read as Parquet (");
  });
});

describe("a folder of a data set", () => {
  const train = [
    file("d/data/train-00000-of-00002.csv", "text,label\na,0\n"),
    file("d/data/train-00001-of-00002.csv", "text,label\nb,1\n,1\n"),
  ];
  const others = [file("d/data/test-00000-of-00001.csv", "text,label\nx,1\n"), file("d/other/train.csv", "no,table\n")];

  test("has its training files read as one, and another set in their terms", async () => {
    expect(await whatIsIn([...others, ...train.toReversed()])).toMatchObject({
      found: {
        outputs: ["0", "1"],
        texts: [
          { name: "d/data/train-00000-of-00002.csv:2", text: "a", target: 0, set: "train" },
          { name: "d/data/train-00001-of-00002.csv:2", text: "b", target: 1, set: "train" },
          { name: "d/data/test-00000-of-00001.csv:2", text: "x", target: 1, set: "test" },
        ],
        sets: { train: "d", test: "d/data/test-00000-of-00001.csv" },
        notes: ["skipped d/data/train-00001-of-00002.csv:3: 'text' is empty"],
        said: expect.stringMatching(/of d /) as string,
      },
    });
  });

  test("has sets that cannot be used left out, and says why", async () => {
    const validation = file("d/data/validation.csv", "text,label\ny,2\n");
    const hidden = file("d/data/test.csv", "text\nx\n");
    const given = await whatIsIn([...train, validation, hidden]);
    if (!("kind" in given) || given.kind !== "texts") throw new Error("not texts");
    expect(given.found!.sets).toBeUndefined();
    expect(given.found!.texts.some(({ set }) => set !== undefined)).toBe(false);
    expect(given.found!.notes).toEqual([
      expect.stringMatching(/^skipped d\/data\/train/) as string,
      "d/data/validation.csv is not used as validation set: the classes of d/data/validation.csv are not those of d: it also has '2'; both need the same classes",
      expect.stringMatching(/^d\/data\/test\.csv is not used as test set: .*'label'/) as string,
    ]);
  });

  test("has the files and the names of classes that its README.md says", async () => {
    const card = file(
      "d/README.md",
      "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/*-of-00002.csv\ndataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names:\n          '0': no\n          '1': yes\n---\n",
    );
    expect(await whatIsIn([...others, ...train, card])).toMatchObject({ found: { outputs: ["no", "yes"] } });
    const lacking = file("d/README.md", "---\nconfigs:\n- data_files: none/*.csv\n---\n");
    await expect(whatIsIn([...train, lacking])).rejects.toThrow(
      "the data card d/README.md names files of train that are not there ('none/*.csv')",
    );
  });

  test("has sentences in several files, and molecules in one", async () => {
    const words = ["one", "two"].map((name) => file(`d/train/${name}.conll`, "Ann B-PER\nruns O\n"));
    expect(await whatIsIn(words)).toMatchObject({
      found: {
        task: "token-classification",
        texts: [{ name: "d/train/one.conll:1" }, { name: "d/train/two.conll:1" }],
      },
    });
    const tested = file("d/test/three.conll", "Ann B-PER\nsings V\n");
    expect(await whatIsIn([...words, tested])).toMatchObject({
      found: { sets: { test: "d/test/three.conll" }, texts: [{}, {}, { target: [0, -1], set: "test" }] },
    });
    const smiles = [1, 2].map((n) => file(`d/train-${n}.csv`, "smiles,label\nCC,a\nCO,b\n"));
    expect(await whatIsIn(smiles)).toMatchObject({
      kind: "molecules",
      fault: "d has 2 tables of molecules, which are read from one; join them",
    });
    const of = (set: string, rows: string): PlacedFile => file(`${set}.csv`, `smiles,label\n${rows}\n`);
    expect(await whatIsIn([of("train", "CC,a\nCO,b"), of("validation", "CN,b"), of("test", "CCO,b")])).toMatchObject({
      kind: "molecules",
      found: {
        sets: { train: "train.csv", validation: "validation.csv", test: "test.csv" },
        texts: [{ set: "train" }, { set: "train" }, { target: 1, set: "validation" }, { target: 1, set: "test" }],
      },
    });
  });
});

test("a word and its tag a line are found by name or content, and other columns can be chosen", async () => {
  const lines = "Ann N B-PER\nruns V O\n\nBob N B-PER\n";
  for (const name of ["a.conll", "d/train.txt", "a.tsv"])
    expect(await whatIsIn([file(name, lines)])).toMatchObject({
      sheet: { task: "token-classification", content: { columns: ["1", "2", "3"] } },
      found: {
        task: "token-classification",
        outputs: ["B-PER", "O"],
        texts: [
          { name: `${name}:1`, text: "Ann runs", words: ["Ann", "runs"], target: [0, 1] },
          { name: `${name}:4`, text: "Bob", words: ["Bob"], target: [0] },
        ],
        chosen: { text: ["1"], targets: ["3"] },
      },
    });
  const given = await whatIsIn([file("a.bio", lines)]);
  if (!("kind" in given) || given.kind !== "texts") throw new Error("not texts");
  const other = await inColumns(given.sheet!.content, { text: ["1"], targets: ["2"] });
  expect(other).toMatchObject({ found: { outputs: ["N", "V"], chosen: { targets: ["2"] } } });
  await expect(whatIsIn([file("a.conll", "\n")])).rejects.toThrow("a.conll is empty; give each word a line");
});

test("a table with lists of words and tags is learnt as such unless it is asked for otherwise", async () => {
  const rows = '{"tokens":["a","b"],"ner_tags":["O","B-X"]}\n{"tokens":["c"],"ner_tags":["O"]}\n';
  const given = await whatIsIn([file("x.jsonl", rows)]);
  if (!("kind" in given) || given.kind !== "texts") throw new Error("not texts");
  expect(given).toMatchObject({
    sheet: { task: "token-classification", asked: {} },
    found: { outputs: ["B-X", "O"], chosen: { text: ["tokens"], targets: ["ner_tags"] } },
  });
  const other = await inColumns(given.sheet!.content, { task: "classification" });
  expect(other).toMatchObject({ found: null, fault: expect.stringContaining("--task token-classification") as string });
});

test("folders of .txt files are classes", async () => {
  const files = [
    file("r/bad/1.txt", "no\n"),
    file("r/good/1.txt", "yes\n"),
    file("r/good/2.txt", " "),
    file("r/.x/1.txt", ""),
  ];
  const { texts, outputs, notes } = await textsByFolder(files);
  expect(outputs).toEqual(["bad", "good"]);
  expect(texts).toEqual([
    { name: "r/bad/1.txt", target: 0, text: "no\n" },
    { name: "r/good/1.txt", target: 1, text: "yes\n" },
  ]);
  expect(notes).toEqual(["skipped r/good/2.txt:1: the file is empty"]);
  await expect(textsByFolder(files.slice(1))).rejects.toThrow("only one class, 'good'");
  const inSets = ["train/bad", "train/good", "test/good"].map((folder) => file(`r/${folder}/1.txt`, folder));
  expect(await textsByFolder(inSets)).toMatchObject({
    texts: [{ set: "train" }, { set: "train" }, { text: "test/good", target: 1, set: "test" }],
    sets: { train: "r/train", test: "r/test" },
  });
});
