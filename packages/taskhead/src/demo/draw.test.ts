import { expect, test } from "vitest";
import { drawChalk, pretrainingClasses, side, targetClasses } from "./draw.js";

test("the same class, seed and index give the same bytes", async () => {
  expect(await drawChalk("heart", 1, 2)).toEqual(await drawChalk("heart", 1, 2));
});

test("another index or seed gives another image of the full size", async () => {
  const image = await drawChalk("heart", 1, 2);
  expect(image.length).toBe(side * side * 3);
  expect(await drawChalk("heart", 1, 3)).not.toEqual(image);
  expect(await drawChalk("heart", 2, 2)).not.toEqual(image);
});

test("no class of the target task was pretrained on", () => {
  expect(targetClasses.filter((name) => pretrainingClasses.includes(name))).toEqual([]);
});
