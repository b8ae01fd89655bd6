import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../files/errors.js";
import { fingerprint, fingerprintImages } from "./pixels/fingerprint.js";
import { scanImageFolder } from "./folders/image-folder.js";
import { scanImages, type ScanOptions } from "./scan-images.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-scan-"));
  await put({ "1.png": "", "2.png": "", "3.JPG": "", "in/4.png": "", "notes.txt": "" });
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

/** Reads `metadata.csv` with this content. */
async function scan(csv: string, options: ScanOptions) {
  await put({ "metadata.csv": csv });
  return scanImages(root, options);
}

async function message(scanning: Promise<unknown>): Promise<string> {
  const error: unknown = await scanning.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  expect((error as Error).message).not.toContain("\n");
  return (error as Error).message;
}

const classification = { task: "classification" } as const;
const multiLabel = { task: "multi-label" } as const;
const regression = { task: "regression" } as const;

describe("classes from a file", () => {
  it("are the column's values as text, sorted", async () => {
    const source = await scan("file_name,label\n2.png,10\nin/4.png,9\n./1.png,10\n", classification);
    expect(source).toEqual({
      root,
      labels: join(root, "metadata.csv"),
      columns: ["label"],
      task: "classification",
      outputs: ["10", "9"],
      files: [
        { path: "2.png", target: 0 },
        { path: "in/4.png", target: 1 },
        { path: "1.png", target: 0 },
      ],
      refused: [],
      notes: [],
      said: `reads images from column 'file_name' and classes from column 'label' of ${join(root, "metadata.csv")}`,
    });
  });

  it("come from 'label' among several columns, or from the one that is named", async () => {
    const csv = "file_name,who,Label\n1.png,me,a\n2.png,you,b\n";
    expect((await scan(csv, classification)).outputs).toEqual(["a", "b"]);
    expect((await scan(csv, { ...classification, columns: ["who"] })).outputs).toEqual(["me", "you"]);
    expect((await scan(csv, { ...classification, label: "who" })).outputs).toEqual(["me", "you"]);
    const { outputs, said } = await scan("file_name,id,category,note\n1.png,7,a,x\n2.png,8,b,y\n", classification);
    expect(outputs).toEqual(["a", "b"]);
    expect(said).toMatch(/ and classes from column 'category' of .*metadata\.csv \(others are named with --label\)$/);
  });

  it("are told where they look like missing values, with their images", async () => {
    const { notes } = await scan("file_name,label\n1.png,a\n2.png,N/A\nin/4.png,b\n", classification);
    expect(notes).toEqual([
      expect.stringMatching(/^class 'N\/A' of 1 image in .*metadata\.csv \(2\.png\) looks like a/),
    ]);
  });

  it("come before class folders where a column is named, which needs the file", async () => {
    await put({ "a/1.png": "", "b/1.png": "" });
    const named = { ...classification, label: "who" };
    expect(await message(scanImages(root, named))).toMatch(
      /has no file of labels, and --label names its column 'who'; leave it out where folders are the classes, or/,
    );
    expect((await scan("file_name,who\n1.png,me\n2.png,you\n", classification)).outputs).toEqual(["a", "b", "in"]);
    expect((await scanImages(root, named)).outputs).toEqual(["me", "you"]);
  });

  it("say which rows cannot be used, and why", async () => {
    const csv = [
      "file_name,label",
      "1.png,a",
      "2.png,",
      "9.png,a",
      "notes.txt,a",
      "../2.png,a",
      "/2.png,a",
      "C:\\2.png,a",
      ",a",
      "3.JPG,b",
      "in/../1.png,b",
      "in,b",
      "x",
      "in\\4.png,b",
    ];
    const { files, refused } = await scan(csv.join("\r\n"), classification);
    expect(files).toEqual([
      { path: "1.png", target: 0 },
      { path: "3.JPG", target: 1 },
      { path: "in/4.png", target: 1 },
    ]);
    expect(refused).toEqual([
      { row: 3, reason: "'label' is empty" },
      { row: 4, reason: "there is no file '9.png'" },
      { row: 5, reason: "'notes.txt' is no image (.jpg, .png, .webp, .gif, .tiff, .avif)" },
      { row: 6, reason: "'../2.png' is not inside the folder" },
      { row: 7, reason: "'/2.png' is not inside the folder" },
      { row: 8, reason: "'C:\\2.png' is not inside the folder" },
      { row: 9, reason: "'file_name' is empty" },
      { row: 11, reason: "'in/../1.png' is in row 2 already" },
      { row: 12, reason: "'in' is no image (.jpg, .png, .webp, .gif, .tiff, .avif)" },
      { row: 13, reason: "there are 2 columns, but 1 cell" },
    ]);
  });

  it("are those of the training images in another set, which may have fewer but no others", async () => {
    const train = await scan("file_name,label\n1.png,a\n2.png,b\n3.JPG,c", classification);
    const test = await scan("file_name,label\n1.png,c\n", { ...classification, like: train });
    expect([test.outputs, test.files]).toEqual([["a", "b", "c"], [{ path: "1.png", target: 2 }]]);
    expect(await message(scan("file_name,label\n1.png,x\n2.png,a", { ...classification, like: train }))).toMatch(
      /the classes of .*metadata\.csv are not those of .*: it also has 'x'/,
    );
  });
});

describe("several labels from a file", () => {
  it("have a column each", async () => {
    const csv = "file_name,sea,sky,dog\n1.png,1,TRUE,yes\n2.png,0,false,No\n3.JPG,,nan,1.0\nin/4.png,maybe,1,1\n";
    const { outputs, files, refused } = await scan(csv, multiLabel);
    expect(outputs).toEqual(["sea", "sky", "dog"]);
    expect(files.map((f) => f.target)).toEqual([
      [1, 1, 1],
      [0, 0, 0],
      [NaN, NaN, 1],
    ]);
    expect(refused).toEqual([{ row: 5, reason: "'sea' is 'maybe', neither 1 nor 0 (or true, false, yes, no)" }]);
  });

  it("may be one", async () => {
    const { outputs, files } = await scan("file_name,sea\n1.png,1\n2.png,\n", multiLabel);
    expect([outputs, files.map((f) => f.target)]).toEqual([["sea"], [[1], [NaN]]]);
    const { refused } = await scan("file_name,sea\n1.png,1\n2.png,perhaps\n", multiLabel);
    expect(refused).toEqual([{ row: 3, reason: "'sea' is 'perhaps', neither 1 nor 0 (or true, false, yes, no)" }]);
  });

  it("are listed in one column, those that apply", async () => {
    const { outputs, files } = await scan("file_name,tags\n1.png,sky|sea\n2.png,\n3.JPG,dog; sky;\n", multiLabel);
    expect([outputs, files.map((f) => f.target)]).toEqual([
      ["dog", "sea", "sky"],
      [
        [0, 1, 1],
        [0, 0, 0],
        [1, 0, 1],
      ],
    ]);
  });

  it("may be listed one per image", async () => {
    const { outputs, files } = await scan("file_name,tags\n1.png,sky\n2.png,\n3.JPG,sea\n", multiLabel);
    expect([outputs, files.map((f) => f.target)]).toEqual([
      ["sea", "sky"],
      [
        [0, 1],
        [0, 0],
        [1, 0],
      ],
    ]);
  });

  it("are listed in JSON", async () => {
    await put({
      "metadata.jsonl":
        '{"file_name":"1.png","tags":["sky","a|b"]}\n{"file_name":"2.png","tags":[]}\n{"file_name":"3.JPG","tags":{"sky":1}}\n',
    });
    const { outputs, files, refused } = await scanImages(root, multiLabel);
    expect([outputs, files.map((f) => f.target)]).toEqual([
      ["a|b", "sky"],
      [
        [1, 1],
        [0, 0],
      ],
    ]);
    expect(refused).toEqual([{ row: 3, reason: "'tags' is no list of labels" }]);
  });

  it("are those of the training images in another set", async () => {
    const train = await scan("file_name,tags\n1.png,sky|sea\n2.png,dog\n", multiLabel);
    const test = await scan("file_name,note,tags\n1.png,x,\n2.png,y,sea\n", { ...multiLabel, like: train });
    expect([test.outputs, test.files.map((f) => f.target)]).toEqual([
      ["dog", "sea", "sky"],
      [
        [0, 0, 0],
        [0, 1, 0],
      ],
    ]);
    expect(await message(scan("file_name,tags\n1.png,cat", { ...multiLabel, like: train }))).toMatch("also has 'cat'");
    expect(await message(scan("file_name,sky\n1.png,1", { ...multiLabel, like: train }))).toMatch(
      /has no column 'tags' \(it has 'sky'\); add it/,
    );
  });
});

describe("numbers from a file", () => {
  it("are those of all columns, or of those that are named", async () => {
    const csv = "file_name,x,y\n1.png,1e-3,-2\n2.png,,0.5\nin/4.png,NA,3\n";
    const { outputs, files } = await scan(csv, regression);
    expect([outputs, files.map((f) => f.target)]).toEqual([
      ["x", "y"],
      [
        [0.001, -2],
        [NaN, 0.5],
        [NaN, 3],
      ],
    ]);
    const named = await scan(csv, { ...regression, columns: ["y"] });
    expect([named.outputs, named.files[0]]).toEqual([["y"], { path: "1.png", target: [-2] }]);
  });

  it("are no words, and none that float32 cannot hold", async () => {
    const { files, refused } = await scan('file_name,x\n1.png,tall\n2.png,1e300\n3.JPG,"1,5"\nin/4.png,4', regression);
    expect(files).toEqual([{ path: "in/4.png", target: [4] }]);
    expect(refused.map((r) => r.reason)).toEqual([
      "'x' is 'tall', not a number",
      "'x' is '1e300', a number larger than float32 holds",
      "'x' is '1,5', not a number (decimals take a point, not a comma)",
    ]);
  });

  it("are decimal: of what else JavaScript reads as a number, nobody says so", async () => {
    const rows = ["0x10", "0b1", "Infinity", "1_000", "+.5e1", "-2.", ""].map((cell, i) => `${i + 1}.png,${cell}`);
    for (let i = 4; i <= 7; i++) await put({ [`${i}.png`]: "" });
    const { files, refused } = await scan(`file_name,x\n${rows.join("\n").replace("3.png", "3.JPG")}`, regression);
    expect(refused).toEqual([
      { row: 2, reason: "'x' is '0x10', not a number" },
      { row: 3, reason: "'x' is '0b1', not a number" },
      { row: 4, reason: "'x' is 'Infinity', not a number" },
      { row: 5, reason: "'x' is '1_000', not a number" },
    ]);
    expect(files.map(({ target }) => target)).toEqual([[5], [-2], [NaN]]);
    expect((await scan("file_name,a\n1.png,0x1\n2.png,1.0", multiLabel)).refused).toEqual([
      { row: 2, reason: "'a' is '0x1', neither 1 nor 0 (or true, false, yes, no)" },
    ]);
  });

  it("have the training images' order of columns in another set", async () => {
    const train = await scan("file_name,x,y\n1.png,1,2", regression);
    const test = await scan("y,z,file_name,x\n4,5,2.png,3", { ...regression, like: train });
    expect([test.outputs, test.files[0]!.target]).toEqual([
      ["x", "y"],
      [3, 4],
    ]);
    expect(await message(scan("file_name,x\n1.png,1", { ...regression, like: train }))).toMatch("no column 'y'");
  });
});

describe("which file of labels is read", () => {
  it("is metadata.csv, metadata.jsonl, labels.csv, in this order, unless one is named", async () => {
    const read = async (labels?: string) => (await scanImages(root, { ...regression, labels })).outputs;
    await put({ "labels.csv": "file_name,c\n1.png,1" });
    expect(await read()).toEqual(["c"]);
    await put({ "metadata.jsonl": '{"file_name":"1.png","b":1}' });
    expect(await read()).toEqual(["b"]);
    await put({ "metadata.csv": "file_name,a\n1.png,1" });
    expect(await read()).toEqual(["a"]);
    await put({ "deep/own.tsv": "file_name\tx\n1.png\t1" });
    expect(await read(join(root, "deep/own.tsv"))).toEqual(["x"]);
  });

  it("is none where folders are the classes, unless one is named", async () => {
    await put({ "a/1.png": "", "b/1.png": "", "metadata.csv": "file_name,label\n1.png,x\n2.png,y" });
    await rm(join(root, "in"), { recursive: true });
    expect(await scanImages(root, classification)).toEqual(await scanImageFolder(root));
    expect((await scanImages(root, { ...classification, labels: join(root, "metadata.csv") })).outputs).toEqual([
      "x",
      "y",
    ]);
    await put({ "labels.csv": "file_name,n\na/1.png,3" });
    expect((await scanImages(root, { ...regression, labels: join(root, "labels.csv") })).files).toEqual([
      { path: "a/1.png", target: [3] },
    ]);
  });

  it("is the file where folders are no classes", async () => {
    await put({ "empty/readme.txt": "" });
    expect((await scan("file_name,label\nin/4.png,x\n2.png,y", classification)).outputs).toEqual(["x", "y"]);
  });
});

describe("what cannot be used", () => {
  it("is said in one line", async () => {
    expect(await message(scanImages(join(root, "no"), regression))).toMatch(
      /no does not exist; give a folder of images/,
    );
    expect(await message(scanImages(root, regression))).toMatch(/has no file of labels; put metadata\.csv beside/);
    expect(await message(scanImages(root, classification))).toMatch(/only one class folder, 'in'/);
    const wrong = (csv: string, options: ScanOptions) => message(scan(csv, options));
    expect(await wrong("file_name,a,b\n1.png,1,2", classification)).toMatch(
      /several columns that may be the classes \('a', 'b'\); name one with --label$/,
    );
    expect(await wrong("file_name,a,b\n1.png,1,2", { ...classification, columns: ["a", "b"] })).toMatch(/one class/);
    expect(await wrong("file_name,a\n1.png,1", { ...regression, columns: ["b"] })).toMatch(
      /no column 'b' \(it has 'a'\); add it/,
    );
    expect(await wrong("file_name\n1.png", regression)).toMatch(/no column besides 'file_name'/);
    expect(await wrong("file_name,label\n1.png,x\n2.png,x", classification)).toMatch(/only one class, 'x'/);
    expect(await wrong("file_name,x\n9.png,1", regression)).toMatch(
      /no row can be used \(row 2: there is no file '9\.png'\); mend it$/,
    );
    expect(await wrong("file_name,x\n", regression)).toMatch(/it has no rows; add one for each image/);
    expect(await wrong("file_name,tags\n1.png,", { ...multiLabel, columns: ["gone"] })).toMatch(/no column 'gone'/);
  });
});

describe("the fingerprint of labelled images", () => {
  it("changes with a target, and is that of the files where folders are the classes", async () => {
    const print = async (csv: string) => (await fingerprintImages(await scan(csv, regression))).text;
    const one = await print("file_name,x\n1.png,1\n2.png,\n");
    expect(await print("file_name,x\n\n1.png,1.0\n2.png,NaN\n9.png,3")).toBe(one);
    expect(await print("file_name,x\n1.png,2\n2.png,\n")).not.toBe(one);
    expect(await print("file_name,y\n1.png,1\n2.png,\n")).not.toBe(one);
    await put({ "a/1.png": "", "b/1.png": "" });
    const folders = await scanImageFolder(root);
    expect(await fingerprintImages(folders)).toEqual(await fingerprint(root, folders.files));
  });
});
