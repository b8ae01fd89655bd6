import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { optionsFrom } from "../../options/options.js";
import { namedTexts } from "../named-texts.js";
import { offeredSets } from "../offered-sets.js";
import { scanTexts, type ScanTextsOptions } from "../scan-texts.js";
import { nameOfText, type TextSource } from "../text-source.js";

let root: string;
beforeAll(async () => (root = await mkdtemp(join(tmpdir(), "taskhead-tagged-"))));
afterAll(() => rm(root, { recursive: true, force: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(root, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, content);
  return path;
}

function scan(path: string, more: Partial<ScanTextsOptions> = {}): Promise<TextSource> {
  return scanTexts(path, { task: "token-classification", ...more });
}

/** Each sentence as `word/TAG …`. */
function written({ samples, outputs }: TextSource): string[] {
  return samples.map(({ words, target }) =>
    words!.map((word, i) => `${word}/${outputs[(target as number[])[i]!] ?? "?"}`).join(" "),
  );
}

test("a file with a word a line is read whatever separates its columns, and what is no sentence is passed over", async () => {
  const path = await file(
    "a.conll",
    "\ufeff-DOCSTART- -X- O O\r\n\r\n# sent_id = 1\r\nEU NNP B-NP B-ORG\r\nrejects VBZ B-VP O\r\n\r\n\r\n# CD I-NP O\r\n1 CD I-NP O\r\n-DOCSTART- -X- O O\r\nPeter NNP B-NP B-PER\r\nBlackburn NNP I-NP I-PER",
  );
  const source = await scan(path);
  expect(written(source)).toEqual(["EU/B-ORG rejects/O", "#/O 1/O", "Peter/B-PER Blackburn/I-PER"]);
  expect(source).toMatchObject({ outputs: ["B-ORG", "B-PER", "I-PER", "O"], refused: [], notes: [] });
  expect(source.samples.map((sample) => nameOfText(source, sample).replace(/.*a\.conll/, ""))).toEqual([
    ":4",
    ":8",
    ":11",
  ]);
  expect(source.said).toMatch(
    /^reads words from column 1 and their tags from column 4 of the lines of .*a\.conll \(others .*--label\); B- begins an entity/,
  );
  const tabs = await scan(await file("b.tsv", "token\tner\nNew York\tB-LOC\n#\tO\nis\tO\n \t\n#x\tO\n"));
  expect(written(tabs)).toEqual(["New York/B-LOC #/O is/O", "#x/O"]);
});

test("other columns are given by number or by the header's names", async () => {
  const path = await file("numbers.conll", "1 Ann PER x\n2 runs O y\n");
  expect(written(await scan(path, { text: ["2"], label: "3" }))).toEqual(["Ann/PER runs/O"]);
  await expect(scan(path, { label: "5" })).rejects.toThrow(
    /numbers\.conll has no column '5' \(it has 4, without names\); give --label its number from 1 on$/,
  );
  const named = await file("named.txt", "id\ttoken\tner\tpos\n1\tAnn\tB-PER\tN\n2\truns\tO\tV\n");
  const source = await scan(named);
  expect(written(source)).toEqual(["Ann/B-PER runs/O"]);
  expect(source.said).toMatch(/^reads words from column 'token' and their tags from column 'ner' of the lines of/);
  expect(written(await scan(named, { text: ["token"], label: "pos" }))).toEqual(["Ann/N runs/V"]);
});

test("a sentence that cannot be used is named with its line, and left out", async () => {
  const path = await file("bad.bio", "a O\nb\n\nc O\nNew York B-LOC\n\nd O\ne B-X\n");
  const { refused, samples } = await scan(path);
  expect(samples).toHaveLength(1);
  expect(refused).toEqual([
    { row: 2, reason: "the line has 1 column, the first has 2" },
    { row: 5, reason: "the line has 3 columns, the first has 2" },
  ]);
  await expect(scan(await file("one.conll", "a\nb\n"))).rejects.toThrow(
    /one\.conll has one column \('a'\); give a word and its tag in each line, with a tab or space between/,
  );
  await expect(scan(await file("nothing.conll", "\n\n"))).rejects.toThrow(/nothing\.conll has no sentences; give each/);
  await expect(scan(await file("o.conll", "a O\nb O\n"))).rejects.toThrow(
    /o\.conll has no tag but 'O'; give sentences/,
  );
});

test("schemes are recognised, and entities without a begin counted and said once", async () => {
  const scheme = async (tags: string): Promise<TextSource> =>
    scan(
      await file(
        "scheme.conll",
        tags
          .split(" ")
          .map((tag) => `w ${tag}\n`)
          .join(""),
      ),
    );
  expect((await scheme("B-A I-A O I-B I-A B-A I-A")).notes).toEqual([
    expect.stringMatching(
      /^2 entities begin with I- or E- in .*scheme\.conll, not with B- \(the first in .*:1\): they count/,
    ),
  ]);
  expect(await scheme("I-A I-A O")).toMatchObject({
    notes: [],
    said: expect.stringMatching(/there is no B-/) as string,
  });
  expect((await scheme("B-A E-A S-B O")).said).toMatch(/E- ends it, and S- is one of a single word$/);
  expect((await scheme("U-A O")).said).toMatch(/U- is one of a single word$/);
  expect((await scheme("PER O")).said).toMatch(/neighbours with the same one are one entity$/);
  expect((await scheme("NOUN VERB")).said).toMatch(/each word is scored by itself$/);
});

test("tables have lists of words and tags, as texts or as numbers with names", async () => {
  const rows = [
    { id: 1, tokens: ["Ann", "runs"], pos_tags: [3, 4], ner_tags: [1, 0] },
    { id: 2, tokens: ["Bob", "sat", "."], ner_tags: [1, 0] },
    { id: 3, tokens: [], ner_tags: [] },
    { id: 4, tokens: ["a", " "], ner_tags: [0, 0] },
    { id: 5, tokens: ["Bob", "##by"], ner_tags: [1, -100] },
    { id: 6, tokens: ["x"], ner_tags: [7] },
  ];
  const lines = rows.map((row) => JSON.stringify(row)).join("\n");
  const alone = await file("alone.jsonl", lines);
  await expect(scan(alone)).rejects.toThrow(
    /^'ner_tags' of .*alone\.jsonl holds numbers, and nothing says which tags they stand for; .*README\.md/,
  );
  await file("set/train.jsonl", lines);
  await file(
    "set/README.md",
    "---\ndataset_info:\n  features:\n  - name: ner_tags\n    sequence:\n      class_label:\n        names:\n          '0': O\n          '1': B-PER\n---\n",
  );
  const source = await scan(join(root, "set"));
  expect(written(source)).toEqual(["Ann/B-PER runs/O", "Bob/B-PER ##by/?"]);
  expect(source.said).toMatch(
    /^reads words from column 'tokens' and their tags from column 'ner_tags' of .* \(others are/,
  );
  expect(source.refused).toEqual([
    { row: 2, reason: "'tokens' has 3 words, 'ner_tags' 2 tags" },
    { row: 3, reason: "'tokens' is empty" },
    { row: 4, reason: "place 2 of 'tokens' is empty" },
    { row: 6, reason: "'ner_tags' has 7, but there are names for 2 tags" },
  ]);
  const spaced = await scan(await file("spaced.csv", "text,tags\nAnn runs,B-PER O\n"));
  expect(written(spaced)).toEqual(["Ann/B-PER runs/O"]);
});

test("words with tags are another task than texts with labels, and who asks for that is told", async () => {
  const path = await file("words.jsonl", '{"tokens":["Ann","runs"],"tags":["B-PER","O"]}\n');
  for (const task of ["classification", "multi-label"] as const)
    await expect(scan(path, { task })).rejects.toThrow(
      /has lists of words and of their tags \(columns 'tokens' and 'tags'\); give --task token-classification, or name/,
    );
  await expect(scan(await file("x.conll", "a O\n"), { task: "classification" })).rejects.toThrow(
    /x\.conll has a tag for each word by its name; give --task token-classification/,
  );
  await expect(scan(path, { labels: ["tags"] })).rejects.toThrow(/^--columns .* with --label$/);
});

test("a folder's sets are found, and tags that the training texts have not are named and do not count", async () => {
  await file("sets/train.txt", "Ann B-PER\nruns O\n");
  await file("sets/valid.txt", "Bob B-PER\nsat O\n");
  await file("sets/test.txt", "Bob B-PER\nin O\nRome B-LOC\n\nParis B-LOC\n");
  const train = await scan(join(root, "sets"));
  const {
    validation,
    test: found,
    said,
  } = await offeredSets(join(root, "sets"), ["validation", "test"], {
    task: "token-classification",
    like: train,
  });
  expect(written(validation!)).toEqual(["Bob/B-PER sat/O"]);
  expect(written(found!)).toEqual(["Bob/B-PER in/O Rome/?"]);
  expect(found!.unknown).toEqual([{ label: "B-LOC", samples: 2 }]);
  expect(found!.notes).toEqual([
    expect.stringMatching(
      /^2 words of .*test\.txt have tags that the training texts have not \('B-LOC'\) and do not count$/,
    ),
  ]);
  expect(said).toHaveLength(2);
});

test("words that are to be tagged need no tags, and tables of texts are read as ever", async () => {
  const named = async (path: string, text?: string[]): Promise<unknown> => {
    const { items, unusable } = await namedTexts([path], { task: "token-classification", ...(text ? { text } : {}) });
    return [items, unusable];
  };
  const bob = { text: "Bob sat", words: ["Bob", "sat"] };
  expect(await named(await file("bare.conll", "Bob\nsat\n\nAnn\n"))).toEqual([
    [bob, { text: "Ann", words: ["Ann"] }],
    [],
  ]);
  expect(await named(await file("tagged.tsv", "B-PER\tBob\nO\tsat\n"), ["2"])).toEqual([[bob], []]);
  const lists = await file("ask.jsonl", '{"id":1,"tokens":["Bob","sat"]}\n{"id":2,"tokens":[]}\n');
  expect(await named(lists)).toEqual([[bob], [{ name: `${lists}:2`, reason: "'tokens' is empty" }]]);
  expect(await named(await file("ask.csv", "id,text\n1,Bob sat.\n"))).toEqual([[{ text: "Bob sat." }], []]);
  expect(await named("no such file.conll is a text")).toEqual([[{ text: "no such file.conll is a text" }], []]);
  expect(await named(join(root, "lost.conll"))).toEqual([
    [],
    [{ name: join(root, "lost.conll"), reason: "there is no such file" }],
  ]);
});

test("the task is known where the names of files say it, and is none of images", async () => {
  await file("guessed/train.iob2", "a O\nb B-X\n");
  await file("guessed/onnx/model.onnx", "");
  const places = { backbone: join(root, "guessed/onnx/model.onnx"), out: join(root, "run") };
  for (const train of [join(root, "guessed"), join(root, "guessed/train.iob2")])
    expect(optionsFrom({ train, ...places })).toMatchObject({ task: "token-classification", optimizer: "adamw" });
  expect(optionsFrom({ train: "x.conll", task: "regression", ...places }).task).toBe("regression");
  expect(() => optionsFrom({ train: "photos", task: "token-classification", ...places })).toThrow(
    /^task token-classification is for texts, and these samples are images by .*; give a file of words with their tags/,
  );
});
