import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { requireSplittableTargets } from "../data/splits/require-validation.js";
import { UserError } from "../files/errors.js";
import { fingerprintTexts } from "./fingerprint.js";
import { labelledTexts } from "./labelled-for.js";
import { offeredSets } from "./offered-sets.js";
import { scanTexts, type ScanTextsOptions } from "./scan-texts.js";
import {
  contentOfTexts,
  nameOfText,
  refusedTexts,
  splittableTexts,
  targetsOfTexts,
  type TextSource,
} from "./text-source.js";

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "taskhead-texts-"))));
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

const classification = { task: "classification" } as const;
const multiLabel = { task: "multi-label" } as const;

/** Reads a file with this content. */
async function scan(content: string, options: ScanTextsOptions = classification, name = "x.csv"): Promise<TextSource> {
  await put({ [name]: content });
  return scanTexts(join(root, name), options);
}

async function message(scanning: Promise<unknown>): Promise<string> {
  const error: unknown = await scanning.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  expect((error as Error).message).not.toMatch(/\p{Cc}/u);
  return (error as Error).message;
}

const plain = ({ samples, outputs }: TextSource) =>
  samples.map(({ text, target }) => [text, typeof target === "number" ? outputs[target] : target]);

describe("texts from a table", () => {
  it("have classes, and keep their spaces and line breaks", async () => {
    const source = await scan('text,label\n" so,\nit is ",b\nnever,a\n');
    expect(source).toEqual({
      path: join(root, "x.csv"),
      labels: join(root, "x.csv"),
      files: [join(root, "x.csv")],
      text: ["text"],
      columns: ["label"],
      task: "classification",
      outputs: ["a", "b"],
      samples: [
        { text: " so,\nit is ", file: 0, row: 2, target: 1 },
        { text: "never", file: 0, row: 3, target: 0 },
      ],
      refused: [],
      notes: [],
      said: `reads texts from column 'text' and classes from column 'label' of ${join(root, "x.csv")} (others are named with --text and --label)`,
    });
    expect(targetsOfTexts(source, source.samples)).toEqual({ data: Int32Array.of(1, 0), shape: [] });
    expect(nameOfText(source, source.samples[1]!)).toBe(`${join(root, "x.csv")}:3`);
  });

  it("may be pairs", async () => {
    const { text, samples, said } = await scan("premise,hypothesis,label\na,b,yes\nc,,no\nd,e,no\n");
    expect(text).toEqual(["premise", "hypothesis"]);
    expect(samples.map(({ text: one, pair }) => [one, pair])).toEqual([
      ["a", "b"],
      ["d", "e"],
    ]);
    expect(said).toMatch(/reads pairs of texts from columns 'premise' and 'hypothesis' and classes from/);
    const named = await scan("a,b,c\nx,y,1\nz,w,2\n", { ...classification, text: ["b", "a"], label: "c" });
    expect(named.samples[0]).toMatchObject({ text: "y", pair: "x" });
    expect(named.said).not.toContain("others are named");
  });

  it("say which rows cannot be used, and why", async () => {
    const source = await scan(`text,label\na,\n , b\n"q\nr",z\nb,a,c\nc,a\n`);
    expect(plain(source)).toEqual([
      ["q\nr", "z"],
      ["c", "a"],
    ]);
    expect(source.refused).toEqual([
      { row: 2, reason: "'label' is empty" },
      { row: 3, reason: "'text' is empty" },
      { row: 5, line: 6, reason: "there are 2 columns, but 3 cells" },
    ]);
    expect(refusedTexts(source)[2]).toMatch(/x\.csv:5 \(line 6\): there are 2 columns/);
    const lines = await scan(
      '{"text":"a","label":"x"}\nno\n{"text":["b"],"label":"x"}\n{"label":"y"}\n{"text":"c","label":{}}\n{"text":"d","label":"y"}\n' +
        JSON.stringify({ text: "x".repeat(1_000_001), label: "x" }),
      classification,
      "x.jsonl",
    );
    expect(lines.refused).toEqual([
      { row: 2, reason: "it is not JSON" },
      { row: 3, reason: "'text' is a list" },
      { row: 4, reason: "'text' is empty" },
      { row: 5, reason: "'label' is neither text nor a number" },
      { row: 7, reason: "'text' has 1,000,001 characters, more than a text may have (1,000,000 characters)" },
    ]);
    const many = await scan(`text,label\na,x\nb,y\n${"c,\n".repeat(9)}`);
    expect(refusedTexts(many)).toHaveLength(6);
    expect(refusedTexts(many).at(-1)).toMatch(/^4 more rows of .*x\.csv$/);
  });

  it("may have several labels, in columns or in lists, and numbers", async () => {
    const columns = await scan("text,sea,sky\na,1,no\nb,,TRUE\nc,2,1\nd,0,\n", multiLabel);
    expect([columns.outputs, plain(columns)]).toEqual([
      ["sea", "sky"],
      [
        ["a", [1, 0]],
        ["b", [NaN, 1]],
        ["d", [0, NaN]],
      ],
    ]);
    expect(columns.refused).toEqual([{ row: 4, reason: "'sea' is '2', neither 1 nor 0 (or true, false, yes, no)" }]);
    const lists = await scan("text,tags\na,x|y\nb,\nc,y\n", multiLabel);
    expect([lists.outputs, plain(lists)]).toEqual([
      ["x", "y"],
      [
        ["a", [1, 1]],
        ["b", [0, 0]],
        ["c", [0, 1]],
      ],
    ]);
    const inJson = await scan('{"text":"a","labels":["x"]}\n{"text":"b","labels":[]}\n', multiLabel, "x.jsonl");
    expect(plain(inJson)).toEqual([
      ["a", [1]],
      ["b", [0]],
    ]);
    const numbers = await scan("text;score\na;-1e3\nb;1,5\nc;\n", { task: "regression" });
    expect([numbers.outputs, plain(numbers)]).toEqual([
      ["score"],
      [
        ["a", [-1000]],
        ["c", [NaN]],
      ],
    ]);
    expect(numbers.refused[0]!.reason).toBe("'score' is '1,5', not a number (decimals take a point, not a comma)");
    expect(numbers.said).toMatch(/texts from column 'text' and numbers from column 'score'/);
  });

  it("are read as the training texts are, in another set", async () => {
    const like = await scan("note,label\na,x\nb,y\nc,z\n", { ...classification, text: ["note"] });
    const test = await scan("text,label,note\nno,no,d\nno,no,e\n".replaceAll(",no,", ",z,"), {
      ...classification,
      like,
    });
    expect([test.outputs, plain(test)]).toEqual([
      ["x", "y", "z"],
      [
        ["d", "z"],
        ["e", "z"],
      ],
    ]);
    expect(await message(scan("text,label\na,x", { ...classification, like }))).toMatch(
      /x\.csv has no column 'note' \(it has 'text', 'label'\), but .*x\.csv has it; add or rename one$/,
    );
    expect(await message(scan("note,label\na,x\nb,new\n", { ...classification, like }))).toMatch(
      /the classes of .*x\.csv are not those of .*x\.csv: it also has 'new'; both need the same classes/,
    );
    const tags = await scan("text,tags\na,x;y\n", multiLabel);
    expect(plain(await scan("text,tags\na,y\n", { ...multiLabel, like: tags }))).toEqual([["a", [0, 1]]]);
  });

  it("are refused where none can be used, or there is only one class", async () => {
    expect(await message(scan("text,label\na,\nb,\n"))).toMatch(
      /no row of .*x\.csv can be used \(row 2: 'label' is empty\); mend it, or name the column with --label/,
    );
    expect(await message(scan("text,label\n"))).toMatch(/x\.csv has no rows; add one for each sample/);
    expect(await message(scan("text,label\na,x\nb,x\n"))).toMatch(
      /has only one class, 'x'; give texts of at least two/,
    );
    expect(await message(scan(""))).toMatch(/x\.csv is empty; give a table with the names of its columns and rows$/);
    expect(await message(scan("text,label\na,x\n", classification, "x.doc"))).toMatch(
      /no table that can be read; give a/,
    );
    expect(await message(scanTexts(join(root, "no.csv"), classification))).toMatch(
      /no\.csv does not exist; give a table/,
    );
    const steering = await message(scan("text,label\na,\u001b[2J\u202e\nb,\u001b[2J\u202e\n"));
    expect(steering).toContain("one class, '\\u001b[2J\\u202e'");
  });

  it("note classes whose names are alike", async () => {
    const { notes } = await scan("text,label\na,Yes\nb,yes \nc,no\n");
    expect(notes).toEqual([
      expect.stringMatching(/classes 'Yes', 'yes' in .*x\.csv differ in case, in spaces or in how a number is written/),
    ]);
  });

  it("note labels that look like missing values, and where they are", async () => {
    const { notes, outputs } = await scan("text,label\na,yes\nb,NaN\nc,no\nd,N/A\ne,NaN\nf,nancy\n");
    expect(outputs).toContain("NaN");
    expect(notes).toEqual([
      expect.stringMatching(/^class 'N\/A' of 1 text in .*x\.csv \(.*x\.csv:5\) looks like a missing value/),
      expect.stringMatching(
        /^class 'NaN' of 2 texts in .*\(.*x\.csv:3, .*x\.csv:6\) looks like a missing value: if it is/,
      ),
    ]);
    const lists = await scan("text,labels\na,x|null\nb,y\nc,x;y\n", multiLabel);
    expect(lists.notes).toEqual([expect.stringMatching(/^label 'null' of 1 text in /)]);
    expect((await scan("text,None,y\na,1,0\nb,0,1\n", { ...multiLabel, labels: ["None", "y"] })).notes).toEqual([]);
  });

  it("note a first row that seems to be a sample", async () => {
    const { notes } = await scan("a good film,1\na bad film,0\na poor film,0\nfine,1\n");
    expect(notes).toEqual([
      expect.stringMatching(/^the first row of .*x\.csv is read as names .*'1' looks like what is/),
    ]);
  });
});

describe("texts from folders", () => {
  it("have their folders as classes", async () => {
    await put({
      "neg/2.txt": "bad\n",
      "neg/deep/1.txt": "\ufeffworse",
      "pos/1.TXT": "good",
      "pos/empty.txt": " \n",
      "pos/latin.txt": Uint8Array.of(0x67, 0xf6),
      "pos/large.txt": "x".repeat(1_000_001),
      "pos/page.html": "",
      "pos/.hidden.txt": "",
      "notes.md": "",
    });
    const source = await scanTexts(root, classification);
    expect(plain(source)).toEqual([
      ["bad\n", "neg"],
      ["worse", "neg"],
      ["good", "pos"],
    ]);
    expect([source.labels, source.text, source.columns]).toEqual([null, [], []]);
    expect(source.samples.map((sample) => nameOfText(source, sample))).toEqual(
      ["neg/2.txt", "neg/deep/1.txt", "pos/1.TXT"].map((file) => join(root, file)),
    );
    const at = (file: string): string => join(root, file);
    expect(source.refused).toEqual([
      { row: 1, file: at("pos/empty.txt"), reason: "the file is empty" },
      {
        row: 1,
        file: at("pos/large.txt"),
        reason: "the file has 1,000,001 bytes, more than a text may have (1,000,000 characters)",
      },
      { row: 1, file: at("pos/latin.txt"), reason: "is not in UTF-8 (line 1); save it as UTF-8" },
    ]);
    expect(source.leftOut).toEqual([{ class: "pos", kinds: { ".html": 1, "hidden .txt": 1 } }]);
    expect(source.said).toBe(`reads .txt files of 2 classes from the folders of ${root}`);
    await rm(join(root, "neg"), { recursive: true });
    await put({ "pos/1.TXT": "" });
    await put({ "b/1.txt": "x" });
    expect(await message(scanTexts(root, classification))).toMatch(
      /no text of class 'pos' in .* can be used \(the file is empty\); mend it/,
    );
  });

  it("are told from sets, and from other tasks", async () => {
    await put({ "train/a/1.txt": "x", "train/b/1.txt": "y", "test/a/1.txt": "z" });
    expect(await message(scanTexts(root, classification))).toMatch(
      /holds 'test', 'train', which are sets and no classes/,
    );
    expect(await message(scanTexts(join(root, "train"), { ...classification, label: "who" }))).toMatch(
      /holds folders of texts, and --label names column 'who' of a table; give a table, or leave it out$/,
    );
    const train = await scanTexts(join(root, "train"), classification);
    expect(plain(await scanTexts(join(root, "test"), { ...classification, like: train }))).toEqual([["z", "a"]]);
    expect(await message(scanTexts(join(root, "test"), classification))).toMatch(/only one folder of \.txt files, 'a'/);
    expect(await message(scanTexts(join(root, "train"), { task: "regression" }))).toMatch(/give a table for --task/);
    expect(await message(scanTexts(join(root, "train/a"), classification))).toMatch(/holds no table and no folder of/);
  });
});

describe("the folder of a data set", () => {
  const train = "text,label\na,0\nb,1\n";

  it("has its sets in files that are called so", async () => {
    await put({ "train.csv": train, "dev.csv": train, "test.csv": "text,label\nt,1\n", "README.md": "# A data set\n" });
    const source = await scanTexts(root, classification);
    expect(source).toMatchObject({ labels: join(root, "train.csv"), path: root });
    const offered = await offeredSets(root, ["validation", "test"], { ...classification, like: source });
    expect(plain(offered.test!)).toEqual([["t", "1"]]);
    expect(offered.validation?.labels).toBe(join(root, "dev.csv"));
    expect(offered.said).toEqual([
      `validates on ${join(root, "dev.csv")}, which lies beside the training texts (others are given with --val)`,
      `tests on ${join(root, "test.csv")}, which lies beside the training texts (others are given with --test)`,
    ]);
    expect(await offeredSets(root, [], { ...classification, like: source })).toEqual({ said: [] });
    expect(await offeredSets(join(root, "train.csv"), ["test"], { ...classification, like: source })).toEqual({
      said: [],
    });
    expect(plain(await scanTexts(root, { ...classification, like: source, set: "test" }))).toEqual([["t", "1"]]);
  });

  it("may have parts of a set, in Parquet, and class names in README.md", async () => {
    const written = JSON.parse(
      await readFile(new URL("../data/tables/parquet-files.json", import.meta.url), "utf8"),
    ) as {
      files: { rows: string };
    };
    const rows = Buffer.from(written.files.rows, "base64");
    await put({ "data/train-00000-of-00002.parquet": rows, "data/train-00001-of-00002.parquet": rows });
    const own = await scanTexts(root, classification);
    expect(plain(own)).toEqual([
      ["a cat", "neg"],
      ['Zoë said "hi"\nover', "pos"],
      ["a cat", "neg"],
      ['Zoë said "hi"\nover', "pos"],
    ]);
    expect(own.labels).toBe(root);
    const [one, two] = ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"].map((file) =>
      join(root, file),
    );
    expect(own.refused).toEqual(
      [one, two].flatMap((file) => [
        { row: 3, file, reason: "'text' is empty" },
        { row: 4, file, reason: "'label' is -1, which stands for no class" },
      ]),
    );
    expect(nameOfText(own, own.samples[3]!)).toBe(`${two}:2`);
    const card = (features: string): string => `---\ndataset_info:\n  features:\n${features}---\n# x\n`;
    const names = "    dtype:\n      class_label:\n        names:\n          '0': bad\n          '1': good\n";
    await put({ "README.md": card(`  - name: label\n${names}`) });
    expect((await scanTexts(root, classification)).outputs).toEqual(["bad", "good"]);
    await put({ "README.md": card(`  - name: label\n${names.replace("          '1': good\n", "")}`) });
    expect((await scanTexts(root, { ...classification, fewest: 1 })).refused[0]).toMatchObject({
      row: 2,
      reason: "'label' is 1, but there are names for 1 classes",
    });
  });

  it("has the files that its README.md names", async () => {
    const card = (configs: string): string => `---\r\nlicense: mit\r\nconfigs:\r\n${configs}---\r\n`;
    const usual =
      "- config_name: default\n  data_files:\n  - split: train\n    path: sets/a-*\n  - split: validation\n    path: [sets/b.csv]\n";
    await put({
      "sets/a-1.csv": train,
      "sets/a-2.csv": train,
      "sets/b.csv": train,
      "train.csv": "",
      "README.md": card(usual),
    });
    const source = await scanTexts(root, classification);
    expect(source.files).toEqual([join(root, "sets/a-1.csv"), join(root, "sets/a-2.csv")]);
    const offered = await offeredSets(root, ["validation", "test"], { ...classification, like: source });
    expect([offered.validation?.samples.length, offered.test, offered.said.length]).toEqual([2, undefined, 1]);
    expect(await message(scanTexts(root, { ...classification, set: "test" }))).toMatch(
      /holds no table of test \(it has train and validation\); add one/,
    );
    const refuses = async (configs: string): Promise<string> => {
      await put({ "README.md": card(configs) });
      return message(scanTexts(root, classification));
    };
    expect(await refuses("- data_files: ../x.csv\n")).toMatch(
      /names files outside its folder \('\.\.\/x\.csv'\); give/,
    );
    expect(await refuses("- data_files: hf://x/y.csv\n")).toMatch(/names files outside its folder/);
    expect(await refuses("- data_files: gone.csv\n")).toMatch(
      /names files of train that are not there \('gone\.csv'\)/,
    );
    expect(await refuses("- data_files: README.md\n")).toMatch(/names README\.md, which is no table that can be read/);
    expect(await refuses("- config_name: a\n- config_name: b\n")).toMatch(
      /several data sets \('a', 'b'\); give the files/,
    );
    expect(await refuses("- [\n")).toMatch(/README\.md is not YAML \(.*\); mend it/);
    await put({
      "README.md": card("- config_name: x\n- config_name: y\n  default: true\n  data_dir: sets\n  data_files: b.csv\n"),
    });
    expect((await scanTexts(root, classification)).files).toEqual([join(root, "sets/b.csv")]);
  });

  it("may have a test set without labels, which is said and left out", async () => {
    await put({ "train.csv": train, "test.csv": "text,label\nt,\n" });
    const source = await scanTexts(root, classification);
    const { test, said } = await offeredSets(root, ["test"], { ...classification, like: source });
    expect([test, said.length]).toEqual([undefined, 1]);
    expect(said[0]).toMatch(
      /test\.csv is not used as test set: no row of .*test\.csv can be used \(row 2: 'label' is empty/,
    );
  });

  it("may be a single table, but not several without a name", async () => {
    await put({ "reviews.csv": train });
    expect((await scanTexts(root, classification)).samples).toHaveLength(2);
    await put({ "others.csv": train });
    expect(await message(scanTexts(root, classification))).toMatch(
      /holds several tables \('others\.csv', 'reviews\.csv'\), and none is called train; give one of them/,
    );
  });
});

describe("what a run needs of texts", () => {
  it("is a mark that changes with any text and target, and with nothing else", async () => {
    const print = async (csv: string, options?: ScanTextsOptions) => fingerprintTexts(await scan(csv, options));
    const one = await print("text,label\na,x\nb,y\n");
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(await print("n,review,class\n1,a,x\n,,\n2,b,y\n3,c,\n")).toBe(one);
    expect(await print("text,label\na,x\nb ,y\n")).toBe(one);
    for (const other of ['a,x\n"b ",y', "a,y\nb,x", "b,y\na,x", "a,x\nb,z", "a,x\nb,y\nb,y"])
      expect(await print(`text,label\n${other}\n`)).not.toBe(one);
    const pairs = { ...classification, text: ["a", "b"], label: "c" };
    expect(await print("a,b,c\nx,y z,1\nu,v,2", pairs)).not.toBe(await print("a,b,c\nx y,z,1\nu,v,2", pairs));
    const numbers = { task: "regression" } as const;
    expect(await print("text,score\na,1.5\nb,\n", numbers)).toBe(await print("text,score\na,1.50\nb,NaN\n", numbers));
  });

  it("is what tells texts apart", async () => {
    const { keys, names } = contentOfTexts(await scan('text,label\na,x\n"a ",x\nA,y\na,y\n'));
    expect(keys.map((key) => keys.indexOf(key))).toEqual([0, 1, 2, 0]);
    expect(names[3]).toMatch(/x\.csv:5$/);
    const pairs = contentOfTexts(await scan("text_a,text_b,label\nx,y z,1\nx y,z,2\nx,y z,2\n"));
    expect(pairs.keys.map((key) => pairs.keys.indexOf(key))).toEqual([0, 1, 0]);
  });

  it("is something to validate on", async () => {
    const source = await scan("text,label\na,x\nb,y\n");
    const split = () => requireSplittableTargets(splittableTexts(source), targetsOfTexts(source, source.samples), 0.2);
    expect(split).toThrow(/no class in .*x\.csv has a second text to validate on; add texts, or give others to/);
    expect(await message(scan("text,label\na,x\n,y\nb,x\n"))).toMatch(
      /has only one class, 'x' \(1 cannot be used, the first as 'text' is empty\); give texts of at least two$/,
    );
    const lost = await scan("text,score\na,1\nb,1e300\nc,2e300\n", { task: "regression" });
    expect(() => requireSplittableTargets(splittableTexts(lost), targetsOfTexts(lost, lost.samples), 0.2)).toThrow(
      /to validate on \(2 cannot be used, the first as 'score' is '1e300', a number larger than float32 holds\); add/,
    );
  });

  it("is the model's own terms, to score it", async () => {
    await put({ "x.csv": "text,label\na,x\nb,new\nc,y\n" });
    const cats = { objective: "classification", outputs: ["w", "y", "x"] } as const;
    const { source, unknown } = await labelledTexts(cats, join(root, "x.csv"), {});
    expect([plain(source), unknown]).toEqual([
      [
        ["a", "x"],
        ["c", "y"],
      ],
      [{ label: "new", samples: 1 }],
    ]);
    expect(await message(labelledTexts({ ...cats, outputs: ["q"] }, join(root, "x.csv"), {}))).toMatch(
      /has no text of what the model knows: it has 'new', 'x', 'y', the model 'q'; give texts of the model's classes/,
    );
    await put({ "x.csv": "text,who,b,a\na,7,1,\n" });
    const labels = { objective: "multi-label", outputs: ["a", "b"] } as const;
    expect(plain((await labelledTexts(labels, join(root, "x.csv"), {})).source)).toEqual([["a", [NaN, 1]]]);
    const numbers = { objective: "regression", outputs: ["b", "c"] } as const;
    expect(await message(labelledTexts(numbers, join(root, "x.csv"), {}))).toMatch(
      /has no column 'c', which the model/,
    );
  });
});
