import { describe, expect, test } from "vitest";
import { classesOf, mostPictures, picturesByFolder } from "./pictures.js";
import type { PlacedFile } from "./placed-file.js";

const file = new Blob([]);
const placed = (...paths: string[]): PlacedFile[] => paths.map((path) => ({ path, file }));

describe("pictures in folders", () => {
  test("have the class of the folder below that which all are in, and folders in it belong to it", () => {
    const found = picturesByFolder(
      placed("/photos/cat/patient-1/1.jpg", "photos/dog/a.PNG", "photos/dog/notes.txt", "photos/loose.jpg"),
    );
    expect(found.pictures.map(({ name, label, path }) => [name, label, path])).toEqual([
      ["photos/cat/patient-1/1.jpg", "cat", "cat/patient-1/1.jpg"],
      ["photos/dog/a.PNG", "dog", "dog/a.PNG"],
    ]);
    expect([found.roots, found.sets]).toEqual([{ train: "photos/" }, undefined]);
    expect(found.notes).toEqual([
      "loose.jpg in photos is in no class folder and left out",
      "photos/dog/notes.txt is no picture, and not read",
    ]);
    expect(classesOf(found.pictures)).toEqual(["cat", "dog"]);
  });

  test("of folders of folders are told, as each of these is one class", () => {
    const { notes } = picturesByFolder(placed("p/a/cat/1.jpg", "p/a/dog/2.jpg", "p/b/cat/3.jpg", "p/b/dog/4.jpg"));
    expect(notes).toEqual([
      "the classes of p are folders of folders ('a' holds 'cat', 'dog'), each of which counts as one class: give p/a to tell apart what is in it",
    ]);
  });

  test("have one class of names that differ in Unicode form alone", () => {
    expect(classesOf(picturesByFolder(placed("p/\u00fc/1.jpg", "p/u\u0308/2.jpg", "p/x/3.jpg")).pictures)).toEqual([
      "x",
      "\u00fc",
    ]);
  });

  test("are of the sets that the folders of their classes lie in, unless such a set has classes of its own", () => {
    const paths = ["train/cat/1.jpg", "train/dog/1.jpg", "valid/cat/2.jpg", "test/cat/3.jpg", "test/cow/4.jpg"];
    const found = picturesByFolder(placed(...paths.map((path) => `p/${path}`)));
    expect(found.pictures.map(({ name, set, path }) => [name, set, path])).toEqual([
      ["p/train/cat/1.jpg", "train", "cat/1.jpg"],
      ["p/train/dog/1.jpg", "train", "dog/1.jpg"],
      ["p/valid/cat/2.jpg", "validation", "cat/2.jpg"],
    ]);
    expect(found.sets).toEqual({ train: "p/train", validation: "p/valid" });
    expect(found.roots).toEqual({ train: "p/train/", validation: "p/valid/" });
    expect(found.notes).toEqual([
      "p/test is not used as test set: the classes of p/test are not those of p/train: it also has 'cow'; both need the same class folders",
    ]);
    expect(() => picturesByFolder(placed("p/val/cat/1.jpg", "p/test/dog/1.jpg"))).toThrow(
      "p holds val/ and test/, which are sets, and none is called train; give one that is with them",
    );
  });

  test("are not what systems hide there", () => {
    const found = picturesByFolder(
      placed("a/1.jpg", "b/2.jpg", "__MACOSX/a/1.jpg", ".git/x/3.jpg", "a/.thumb.jpg", "loose.jpg"),
    );
    expect(found.pictures.map(({ name }) => name)).toEqual(["a/1.jpg", "b/2.jpg"]);
    expect(found.notes).toEqual(["loose.jpg in what was given is in no class folder and left out"]);
  });

  test("are refused of no class, of one, and where there are too many", () => {
    expect(() => picturesByFolder(placed("1.jpg"))).toThrow("1.jpg is in no class folder; give a folder");
    expect(() => picturesByFolder(placed("p/cat/1.jpg", "p/cat/2.jpg"))).toThrow("only one class, 'cat'");
    const many = Array.from({ length: mostPictures + 1 }, (_, i) => `${i % 2}/${i}.jpg`);
    expect(() => picturesByFolder(placed(...many))).toThrow("give fewer");
  });
});
