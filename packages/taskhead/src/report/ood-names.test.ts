import { expect, test } from "vitest";
import { breakable } from "./escape.js";
import { oodNames } from "./ood-names.js";

test("sets from elsewhere are told from the test set and from each other, whatever their folders are called", () => {
  const named = (...paths: (string | null)[]) => oodNames(paths.map((path) => ({ path })));
  expect(named("photos/sketches", null)).toEqual(["sketches (ood)", "ood 2"]);
  expect(named("rain/test", "snow/test", "fog")).toEqual(["rain/test (ood)", "snow/test (ood)", "fog (ood)"]);
});

test("long names break behind what joins their parts", () => {
  expect(breakable("/features/a.3/Max_0<")).toBe("/features/<wbr>a.<wbr>3/<wbr>Max_<wbr>0&lt;");
});
