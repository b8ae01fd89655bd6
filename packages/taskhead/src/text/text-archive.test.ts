import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Header } from "tar/header";
import { afterAll, beforeAll, expect, it } from "vitest";
import { UserError } from "../files/errors.js";
import { filesOfSamples } from "../sweep/queue/sample-files.js";
import { namedTexts } from "./named-texts.js";
import { offeredSets } from "./offered-sets.js";
import { scanTexts, type ScanTextsOptions } from "./scan-texts.js";
import { nameOfText, refusedTexts } from "./text-source.js";

let root: string;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), "taskhead-text-archives-"))));
afterAll(() => rm(root, { recursive: true, force: true }));

function tar(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const blocks = Object.entries(files).flatMap(([path, content]) => {
    const body = Buffer.from(content);
    const block = Buffer.alloc(512);
    new Header({ path, mode: 0o644, size: body.length, type: "File", mtime: new Date(0) }).encode(block);
    return [block, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

async function put(name: string, content: string | Buffer): Promise<string> {
  const path = join(root, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, content);
  return path;
}

const scan = (path: string, options: Partial<ScanTextsOptions> = {}) =>
  scanTexts(path, { task: "classification", cache: join(root, "cache"), ...options });

it("reads txt and cls, whose numbers stand for names beside the archive, and names what is of no use by its place", async () => {
  await put("named/classes.txt", "bad\ngood\n");
  const path = await put(
    "named/a.tar",
    tar({
      "x/1.txt": "Wörd one\n",
      "x/1.cls": "1",
      "x/2.cls": "0",
      "x/2.txt": "two",
      "x/3.txt": "no class",
      "x/4.cls": "0",
      "x/5.txt": Buffer.from([0xff, 0xfe, 0x41]),
      "x/5.cls": "0",
      "x/6.txt": "a".repeat(4_000_001),
      "x/6.cls": "0",
      "../7.txt": "elsewhere",
      "../7.cls": "1",
    }),
  );
  const source = await scan(path);
  expect(source.samples.map(({ text, target }) => [text, target])).toEqual([
    ["Wörd one", 1],
    ["two", 0],
  ]);
  expect(source.outputs).toEqual(["bad", "good"]);
  expect(nameOfText(source, source.samples[1]!)).toMatch(/a\.tar:2$/);
  expect(source.said).toMatch(/^reads texts from column 'txt' and classes from column 'cls' of .*a\.tar \(others/);
  expect(source.refused.map(({ row, reason }) => `${row} ${reason}`)).toEqual([
    "3 'cls' is empty",
    "4 'txt' is empty",
    "5 'x/5.txt' is no text in UTF-8",
    "6 'x/6.txt' has 4,000,001 bytes, more than a text may have",
    "7 '../7.txt' leads out of the archive",
  ]);
  expect(refusedTexts(source).join()).toContain("'x/5.txt' is no text in UTF-8");
});

const record = (value: object): string => JSON.stringify(value);

it("takes fields of json for classes, labels, numbers and texts, as columns of a table", async () => {
  const path = await put(
    "records.tar.gz",
    gzipSync(
      tar({
        "1.json": record({ label: "a", score: 1.5, toxic: 1, body: "other", who: "u" }),
        "1.txt": "one",
        "2.json": record({ label: "b", score: 2, toxic: 0, body: "others", who: "v" }),
        "2.txt": "two",
      }),
    ),
  );
  expect(await scan(path)).toMatchObject({ text: ["txt"], columns: ["label"], outputs: ["a", "b"] });
  const numbers = await scan(path, { task: "regression", label: "score", text: ["body"] });
  expect(numbers.samples).toMatchObject([{ text: "other", target: [1.5] }, { text: "others" }]);
  expect(await scan(path, { task: "multi-label", labels: ["toxic"], group: "who" })).toMatchObject({
    outputs: ["toxic"],
    samples: [{ group: "u" }, { group: "v" }],
  });
  await expect(scan(path, { label: "none" })).rejects.toThrow(/has no column 'none' \(it has 'txt', 'label'/);
});

it("reads shards of a pattern or a folder, and its other sets", async () => {
  const shard = (words: string[]) => tar(Object.fromEntries(words.flatMap((word, i) => [[`${i}.txt`, `${word} text`], [`${i}.cls`, word]]))); // prettier-ignore
  await put("shards/train-0.tar", shard(["a", "b"]));
  await put("shards/train-1.tar", shard(["b"]));
  await put("shards/test-0.tar", shard(["a"]));
  const pattern = join(root, "shards", "train-{0..1}.tar");
  const source = await scan(pattern);
  expect(source.samples.map(({ text, file, row }) => [text, file, row])).toEqual([
    ["a text", 0, 1],
    ["b text", 0, 2],
    ["b text", 1, 1],
  ]);
  const folder = join(root, "shards");
  const train = await scan(folder);
  expect(train.samples).toEqual(source.samples);
  const offered = await offeredSets(folder, ["validation", "test"], { task: "classification", like: train });
  expect([offered.test!.samples.length, offered.validation]).toEqual([1, undefined]);
  expect(await offeredSets(pattern, ["test"], { task: "classification", like: source })).toEqual({ said: [] });
  await put("plain/x.tar", shard(["a"]));
  await put("plain/y.tar", shard(["b"]));
  expect((await scan(join(root, "plain"))).outputs).toEqual(["a", "b"]);
  // What workers of a queue are sent.
  expect((await filesOfSamples(pattern, false)).paths).toEqual(["train-0.tar", "train-1.tar"]);
  const { items } = await namedTexts([join(folder, "test-0.tar")], { task: "classification" });
  expect(items).toEqual([{ text: "a text" }]);
});

it("takes lists of words and of their tags from fields of json, and their names from beside the archive", async () => {
  const tagged = { task: "token-classification" } as const;
  const sentence = (n: number, tags: (string | number)[]) => ({ [`${n}.json`]: record({ tokens: ["Ann", "in", "Rome"], ner_tags: tags, of: `d${n}` }), [`${n}.txt`]: "Ann in Rome" }); // prettier-ignore
  await put("tags/classes.txt", "O\nB-PER\nB-LOC\n");
  await put("tags/train-0.tar.gz", gzipSync(tar({ ...sentence(1, [1, 0, 2]), ...sentence(2, [0, 0]) })));
  await put("tags/test-0.tar", tar(sentence(3, ["B-PER", "O", "B-LOC"])));
  const folder = join(root, "tags");
  const train = await scan(folder, { ...tagged, group: "of" });
  expect(train).toMatchObject({ text: ["tokens"], columns: ["ner_tags"], task: "token-classification" });
  expect(train.outputs.toSorted()).toEqual(["B-LOC", "B-PER", "O"]);
  expect(train.samples).toMatchObject([{ words: ["Ann", "in", "Rome"], row: 1, group: "d1" }]);
  expect(train.refused).toEqual([{ row: 2, reason: "'tokens' has 3 words, 'ner_tags' 2 tags" }]);
  const { test } = await offeredSets(folder, ["test"], { ...tagged, like: train });
  expect(test!.samples).toMatchObject([{ target: train.samples[0]!.target }]);
  const { items } = await namedTexts([join(folder, "test-0.tar")], tagged);
  expect(items).toEqual([{ text: "Ann in Rome", words: ["Ann", "in", "Rome"] }]);
  // Who did not ask for it is told.
  await expect(scan(join(folder, "test-0.tar"))).rejects.toThrow(
    /test-0\.tar has lists of words and of their tags \(columns 'tokens' and 'ner_tags'\); give --task token-classification/,
  );
  await expect(scan(await put("untagged.tar", tar({ "1.txt": "a" })), tagged)).rejects.toThrow(
    /untagged\.tar has no column with a list of words for each sentence \(it has 'txt'\); name it with --text/,
  );
});

it("refuses what unpacks to far too much, and what is no archive", async () => {
  const bomb = await put("bomb.tar.gz", gzipSync(Buffer.alloc(2 ** 23)));
  await expect(scan(bomb)).rejects.toThrow(/bomb\.tar\.gz unpacks to more than 5 MB from 1, as no texts do/);
  await expect(scan(await put("empty.tar", ""))).rejects.toThrow(
    /empty\.tar has no text; give an archive with a \.txt/,
  );
  const none = scan(await put("none.tar", "text,label\n"));
  await expect(none).rejects.toThrow(UserError);
  await expect(none).rejects.toThrow(/none\.tar is no tar archive/);
});
