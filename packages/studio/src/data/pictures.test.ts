import { describe, expect, test } from "vitest";
import { classesOf, mostPictures, picturesByFolder } from "./pictures.js";
import type { PlacedFile } from "./placed-file.js";

const file = new Blob([]);
const placed = (...paths: string[]): PlacedFile[] => paths.map((path) => ({ path, file }));

describe("pictures in folders", () => {
  test("have the class of the folder that they lie in, however deep", () => {
    const { pictures, passedOver } = picturesByFolder(
      placed("/photos/train/cat/1.jpg", "photos/train/dog/a.PNG", "photos/train/dog/notes.txt"),
    );
    expect(pictures.map(({ name, label }) => [name, label])).toEqual([
      ["photos/train/cat/1.jpg", "cat"],
      ["photos/train/dog/a.PNG", "dog"],
    ]);
    expect(passedOver).toBe(1);
    expect(classesOf(pictures)).toEqual(["cat", "dog"]);
  });

  test("are of the sets that the folders of their classes lie in, unless such a set has classes of its own", () => {
    const paths = ["train/cat/1.jpg", "train/dog/1.jpg", "valid/cat/2.jpg", "test/cat/3.jpg", "test/cow/4.jpg"];
    const found = picturesByFolder(placed(...paths.map((path) => `p/${path}`)));
    expect(found.pictures.map(({ name, set }) => [name, set])).toEqual([
      ["p/train/cat/1.jpg", "train"],
      ["p/train/dog/1.jpg", "train"],
      ["p/valid/cat/2.jpg", "validation"],
    ]);
    expect(found.sets).toEqual({ train: "p/train", validation: "p/valid" });
    expect(found.notes).toEqual([
      "p/test is not used as test set: the classes of p/test are not those of p/train: it also has 'cow'; both need the same class folders",
    ]);
    const loose = picturesByFolder(placed("p/train/cat/1.jpg", "p/train/dog/1.jpg", "p/cat/2.jpg"));
    expect([loose.pictures.length, loose.sets]).toEqual([3, undefined]);
  });

  test("are not what systems hide there", () => {
    const found = picturesByFolder(
      placed("a/1.jpg", "b/2.jpg", "__MACOSX/a/1.jpg", ".git/x/3.jpg", "a/.thumb.jpg", "loose.jpg"),
    );
    expect(found.pictures.map(({ name }) => name)).toEqual(["a/1.jpg", "b/2.jpg"]);
    expect(found.passedOver).toBe(4);
  });

  test("are refused of no class, of one, and where there are too many", () => {
    expect(() => picturesByFolder(placed("1.jpg"))).toThrow("no pictures in folders");
    expect(() => picturesByFolder(placed("cat/1.jpg", "cat/2.jpg"))).toThrow("only one class, 'cat'");
    const many = Array.from({ length: mostPictures + 1 }, (_, i) => `${i % 2}/${i}.jpg`);
    expect(() => picturesByFolder(placed(...many))).toThrow("give fewer");
  });
});
