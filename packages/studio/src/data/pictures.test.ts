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
