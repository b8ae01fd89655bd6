import { expect, it } from "vitest";
import { countKinds, leftOutInWords, withUnreadable } from "../../data/left-out.js";
import { kindsOf } from "./left-out.js";

it("counts what is left out, the most first, in a line", () => {
  const names = [...Array<string>(8).fill("a.HEIC"), ...Array<string>(9).fill("b.bmp"), "README"];
  const left = countKinds(
    "disc",
    names.flatMap((name) => kindsOf(name, false, true)),
  )!;
  expect(leftOutInWords(left)).toBe("18 files of class disc left out: 9 .bmp, 8 .heic, 1 without extension");
  const many = countKinds("x", [..."abcdefg"])!;
  expect(leftOutInWords(many)).toBe("7 files of class x left out: 1 a, 1 b, 1 c, 1 d, 1 e, 2 more kinds");
  expect(countKinds("none", [])).toBeUndefined();
});

it("does not speak of what systems put there", () => {
  expect([".DS_Store", ".gitkeep"].flatMap((name) => kindsOf(name, true, true))).toEqual([]);
  expect(["Thumbs.db", "desktop.ini"].flatMap((name) => kindsOf(name, false, true))).toEqual([]);
  expect(kindsOf("._photo.JPG", true, true)).toEqual(["hidden .jpg"]);
});

it("counts what cannot be decoded too", () => {
  const left = withUnreadable(
    [{ class: "a", kinds: { ".bmp": 2 } }],
    [
      { file: "a/1.jpg", class: "a" },
      { file: "b/2.PNG", class: "b" },
      { file: "b/3.png", class: "b" },
    ],
  );
  expect(left.map(leftOutInWords)).toEqual([
    "3 files of class a left out: 2 .bmp, 1 unreadable .jpg",
    "2 files of class b left out: 2 unreadable .png",
  ]);
});
