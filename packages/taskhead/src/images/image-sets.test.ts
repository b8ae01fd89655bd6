import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../files/errors.js";
import { labelledFor } from "./labelled-for.js";
import { offeredImages } from "./offered-sets.js";
import { scanImages } from "./scan-images.js";

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "taskhead-image-sets-"))));
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

const lines = (rows: readonly object[]): string => rows.map((row) => JSON.stringify(row)).join("\n");
const classification = { task: "classification" } as const;

async function message(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  expect((error as Error).message).not.toContain("\n");
  return (error as Error).message.replaceAll(root, "DIR");
}

describe("an imagefolder of the hub", () => {
  /** Three sets, each with a file of labels beside its images. */
  const sets = async (): Promise<void> => {
    const images = Object.fromEntries(["train/1", "train/a/2", "test/1", "validation/1"].map((n) => [`${n}.png`, ""]));
    await put({
      ...images,
      "train/metadata.jsonl": lines([
        { file_name: "1.png", label: 0, width: 3 },
        { file_name: "a/2.png", label: 1, width: 3 },
      ]),
      "test/metadata.jsonl": lines([{ file_name: "1.png", label: 1, width: 3 }]),
      "validation/metadata.csv": "file_name,width,label\n1.png,3,2\n",
      "README.md":
        "---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names:\n          '0': cat\n          '1': dog\n---\nPets.\n",
    });
  };

  it("has a file of labels in each set's folder, and names of classes in its README.md", async () => {
    await sets();
    const train = await scanImages(root, classification);
    expect(train).toMatchObject({
      root: join(root, "train"),
      outputs: ["cat", "dog"],
      files: [
        { path: "1.png", target: 0 },
        { path: "a/2.png", target: 1 },
      ],
    });
    expect(train.said).toMatch(/classes from column 'label' of .*metadata\.jsonl \(others are named with --label\)$/);
    const offered = await offeredImages(root, ["validation", "test"], { ...classification, like: train });
    expect(offered.test).toMatchObject({ root: join(root, "test"), files: [{ path: "1.png", target: 1 }] });
    expect(offered.said.map((text) => text.replaceAll(root, "DIR"))).toEqual([
      "DIR/validation/metadata.csv is not used as validation set: DIR/validation/metadata.csv: no row can be used (row 2: 'label' is 2, but there are names for 2 classes); mend it, or name other columns than 'label' with --columns, such as 'width'",
      "tests on DIR/test/metadata.jsonl, beside the training images (others are given with --test)",
    ]);
    // A model that is trained already is scored on the test set.
    const { source } = await labelledFor({ objective: "classification", outputs: ["dog", "cat"] }, root, {});
    expect(source.files).toEqual([{ path: "1.png", target: 0 }]);
  });

  it("may lie in data/, lack a set, and have one file for all", async () => {
    await put({
      "data/train/1.png": "",
      "data/test/1.png": "",
      "data/train/2.png": "",
      "data/metadata.csv": "file_name,label\ntrain/1.png,x\ntest/1.png,y\ntrain/2.png,y\n",
    });
    const train = await scanImages(root, classification);
    expect([train.outputs, train.files.map(({ path }) => path)]).toEqual([
      ["x", "y"],
      ["train/1.png", "train/2.png"],
    ]);
    const { said, test } = await offeredImages(root, ["validation", "test"], { ...classification, like: train });
    expect(test!.files).toEqual([{ path: "test/1.png", target: 1 }]);
    expect(said[0]).toMatch(/^tests on the images of test in .*metadata\.csv, beside/);
    expect(await message(scanImages(root, { ...classification, set: "validation" }))).toBe(
      "DIR has no file of labels of validation (it has train and test); add one, or give the folder of a set itself",
    );
    // Whoever names the file means all of it.
    const all = await scanImages(join(root, "data"), { ...classification, labels: join(root, "data/metadata.csv") });
    expect(all.files).toHaveLength(3);
  });

  it("has its labels in Parquet, whose own names of classes count", async () => {
    const { files: written } = JSON.parse(
      await readFile(new URL("../data/tables/parquet-files.json", import.meta.url), "utf8"),
    ) as { files: { images: string } };
    await put({ "1.png": "", "2.png": "", "metadata.parquet": Buffer.from(written.images, "base64") });
    const { outputs, files, refused } = await scanImages(root, classification);
    expect([outputs, files.map(({ target }) => target)]).toEqual([
      ["cat", "dog"],
      [1, 0],
    ]);
    expect(refused).toEqual([{ row: 3, reason: "there is no file '9.png'" }]);
  });

  it("is read without the names of a README.md that cannot be followed, which is said", async () => {
    await put({ "1.png": "", "2.png": "", "metadata.csv": "file_name,label\n1.png,0\n2.png,1\n" });
    await put({ "README.md": "---\nconfigs: [\n---\n" });
    const { outputs, notes } = await scanImages(root, classification);
    expect(outputs).toEqual(["0", "1"]);
    expect(notes[0]).toMatch(/^names of classes are not taken from the data card: the data card .* is not YAML/);
  });
});

describe("what may be predicted", () => {
  it("is guessed by what columns hold, as of any table", async () => {
    await put({ "1.png": "", "2.png": "" });
    const columns = async (task: "multi-label" | "regression", rows: readonly object[]): Promise<string[]> => {
      await put({ "metadata.jsonl": lines(rows.map((row, i) => ({ file_name: `${i + 1}.png`, ...row }))) });
      return (await scanImages(root, { task })).columns;
    };
    const mixed = [
      { tags: ["a", "b"], by: "me", sea: 1, sky: null, age: 3 },
      { tags: ["b"], by: "you", sea: 0, sky: null, age: 0 },
    ];
    expect(await columns("multi-label", mixed)).toEqual(["tags"]);
    expect(
      await columns(
        "multi-label",
        mixed.map(({ by, sea, sky }) => ({ by, sea, sky })),
      ),
    ).toEqual(["sea"]);
    expect(await columns("regression", mixed)).toEqual(["sea", "age"]);
  });
});

describe("a table of images", () => {
  it("names images relative to itself, and needs no folder", async () => {
    await put({ "in/1.png": "", "in/2.png": "", "photos.csv": "path,label\nin/1.png,a\nin/2.png,b\n" });
    const { root: from, files } = await scanImages(join(root, "photos.csv"), classification);
    expect([from, files.map(({ path }) => path)]).toEqual([root, ["in/1.png", "in/2.png"]]);
    expect(await message(scanImages(join(root, "photos.csv"), { ...classification, labels: "x.csv" }))).toBe(
      "DIR/photos.csv is a table of images and says their labels itself; leave --labels out",
    );
    expect(await message(scanImages(join(root, "none.csv"), classification))).toMatch(/none\.csv does not exist/);
  });

  it("names nothing outside its folder, by links neither; but what the hub's cache links to", async () => {
    await put({ "out/1.png": "", "in/2.png": "", "in/3.png": "" });
    await put({ "in/t.csv": "file_name,label\n1.png,a\n../out/1.png,a\n2.png,a\n3.png,b\n" });
    const linked = await symlink(join(root, "out/1.png"), join(root, "in/1.png")).then(
      () => true,
      () => false,
    );
    if (!linked) return; // Windows allows links to few.
    const { refused } = await scanImages(join(root, "in/t.csv"), classification);
    expect(refused).toEqual([
      { row: 2, reason: "'1.png' is a link that leads out of the folder" },
      { row: 3, reason: "'../out/1.png' is not inside the folder" },
    ]);
    const snapshot = `hub/datasets--o--n/snapshots/${"0".repeat(40)}`;
    await put({ "hub/datasets--o--n/blobs/x": "", [`${snapshot}/2.png`]: "" });
    await put({ [`${snapshot}/metadata.csv`]: "file_name,label\n1.png,a\n2.png,b\n" });
    await symlink("../../blobs/x", join(root, snapshot, "1.png"));
    expect((await scanImages(join(root, snapshot), classification)).refused).toEqual([]);
  });
});
