import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../files/errors.js";
import { scanImageFolder } from "./image-folder.js";
import { scanImages } from "../scan-images.js";

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "taskhead-layout-"))));
afterEach(() => rm(root, { recursive: true, force: true }));

async function touch(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), "");
  }
}

async function refusal(): Promise<string> {
  const error: unknown = await scanImageFolder(root).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as Error;
  expect(message).not.toContain("\n");
  return message.replaceAll(root, "DIR");
}

describe("sets in place of classes", () => {
  it.each([
    [
      ["train", "val"],
      "DIR holds train/ and val/, which are sets of images and no classes; did you mean DIR/train --val DIR/val?",
    ],
    [["Training", "Validation", "TEST"], "did you mean DIR/Training --val DIR/Validation --test DIR/TEST?"],
    [["train", "valid", "testing"], "did you mean DIR/train --val DIR/valid --test DIR/testing?"],
    [["train"], "DIR holds train/, which is a set of images and no classes; did you mean DIR/train?"],
    [["val", "test"], "did you mean one of them (DIR/test, DIR/val)?"],
  ])("%s", async (sets, expected) => {
    for (const set of sets) await touch(`${set}/cat/1.jpg`, `${set}/dog/1.jpg`);
    await touch("readme.md", "docs/a.txt", "__MACOSX/train/1.jpg");
    expect(await refusal()).toContain(expected);
  });

  it("are taken for classes where images lie in them, with a note; other names are classes", async () => {
    await touch("train/1.jpg", "test/1.jpg");
    expect((await scanImageFolder(root)).notes[0]).toMatch(/'test', 'train': if these are sets/);
    await touch("bus/1.jpg");
    expect((await scanImageFolder(root)).notes).toEqual([]);
  });

  it("give way to a file of labels", async () => {
    await touch("train/1.jpg", "train/2.jpg", "test/1.jpg");
    await writeFile(join(root, "metadata.csv"), "file_name,label\ntrain/1.jpg,cat\ntrain/2.jpg,dog\ntest/1.jpg,dog\n");
    const { outputs, files } = await scanImages(root, { task: "classification" });
    expect([outputs, files.map(({ path }) => path)]).toEqual([
      ["cat", "dog"],
      ["train/1.jpg", "train/2.jpg"],
    ]);
  });
});

describe("images and what belongs to them", () => {
  it.each([
    ["masks", ["images/1.jpg", "masks/1.png"]],
    ["by set", ["train_images/1.jpg", "train-masks/1.png", "val_images/1.jpg", "val-masks/1.png"]],
    ["VOC", ["Annotations/1.xml", "JPEGImages/1.jpg", "ImageSets/Main/train.txt", "SegmentationClass/1.png"]],
    ["YOLO", ["images/train/1.jpg", "images/val/2.jpg", "labels/train/1.txt", "labels/val/2.txt"]],
    ["COCO", ["train2017/1.jpg", "val2017/2.jpg", "annotations/instances.json"]],
    ["sets of both", ["train/images/1.jpg", "train/labels/1.txt", "valid/images/1.jpg", "valid/labels/1.txt"]],
    ["boxes beside images", ["1.jpg", "1.xml", "2.jpg", "2.xml"]],
    ["one file for all", ["1.jpg", "2.jpg", "_annotations.coco.json"]],
  ])("are no classes: %s", async (_, paths) => {
    await touch(...paths);
    expect(await refusal()).toMatch(/^DIR holds .*a data set for detection, .*--labels$/);
  });

  it("are sets of images and masks, each of which can be trained on", async () => {
    await touch("train/images/1.jpg", "train/masks/1.png", "test/images/1.jpg", "test/masks/1.png");
    expect(await refusal()).toBe(
      "DIR holds test/ and train/, each with images and their masks; did you mean DIR/train --test DIR/test?",
    );
  });

  it("are told from classes of like names", async () => {
    await touch("with_mask/1.jpg", "without_mask/1.jpg");
    expect((await scanImageFolder(root)).outputs).toEqual(["with_mask", "without_mask"]);
    await touch("images/1.jpg");
    expect((await scanImageFolder(root)).outputs).toHaveLength(3);
  });
});

describe("what may be a mistake", () => {
  const notes = async (): Promise<string[]> =>
    (await scanImageFolder(root)).notes.map((n) => n.replaceAll(root, "DIR"));

  it("is a note, a line each", async () => {
    await touch("Cat/1.jpg", "cat/1.jpg", "dog/1.jpg", "dog /1.jpg", "loose.jpg");
    const found = await notes();
    expect(found).toEqual([
      "loose.jpg in DIR is in no class folder and left out",
      "classes 'Cat', 'cat' in DIR differ in case, in spaces or in how a number is written: if they are one, give them one name",
      "classes 'dog', 'dog ' in DIR differ in case, in spaces or in how a number is written: if they are one, give them one name",
    ]);
  });

  it("is a class of classes", async () => {
    await touch("animals/cat/1.jpg", "animals/dog/1.jpg", "plants/oak/1.jpg", "plants/elm/1.jpg");
    expect(await notes()).toEqual([
      "the classes of DIR are folders of folders ('animals' holds 'cat', 'dog'), each of which counts as one class: give DIR/animals to tell apart what is in it",
    ]);
  });

  it("is one folder around the classes, or images without any", async () => {
    await touch("data/cat/1.jpg", "data/dog/1.jpg");
    expect(await refusal()).toBe("DIR has only one class folder, 'data'; did you mean DIR/data?");
    await rm(join(root, "data"), { recursive: true });
    await touch("1.jpg", "2.jpg");
    expect(await refusal()).toMatch(/^DIR has 2 images but no class folder; put .*or name a file .* with --labels$/);
  });

  it("passes over what systems leave, and takes the Unicode forms of a name for one", async () => {
    const [composed, decomposed] = ["caf\u00e9", "cafe\u0301"];
    await touch(`${composed}/1.jpg`, `${decomposed}/2.jpg`, "tea/1.jpg", "tea/.DS_Store", "tea/Thumbs.db");
    await touch("__MACOSX/tea/._1.jpg", "@eaDir/x/SYNOPHOTO_THUMB_M.jpg", ".hidden/1.jpg");
    const { outputs, files, notes: found } = await scanImageFolder(root);
    expect(outputs).toEqual([composed, "tea"]);
    if (files.length === 3) expect(found[0]).toMatch(/Unicode form alone: they are taken together/);
    expect((await scanImageFolder(root, 1)).outputs).toEqual(outputs);
  });
});

describe("another set than the training images'", () => {
  it("may lack a class, or have it empty, but knows no other", async () => {
    await touch(
      "train/a/1.jpg",
      "train/b/1.jpg",
      "train/c/1.jpg",
      "val/a/1.jpg",
      "val/c/1.jpg",
      "other/a/1.jpg",
      "other/d/1.jpg",
    );
    await mkdir(join(root, "val/b"));
    const train = await scanImages(join(root, "train"), { task: "classification" });
    const val = await scanImages(join(root, "val"), { task: "classification", like: train });
    expect(val.outputs).toEqual(["a", "b", "c"]);
    expect(val.files.map(({ target }) => target)).toEqual([0, 2]);
    await expect(scanImages(join(root, "other"), { task: "classification", like: train })).rejects.toThrow(
      /the classes of .*other are not those of .*train: it also has 'd'/,
    );
  });
});
