import { posix } from "node:path";
import { expect, test } from "vitest";
import { leaves, plainPath } from "./plain-path.js";

test("a path is as Node's own normalises it", () => {
  const paths = "a/b ./a//b a/./b/ a/../b ../a a/../../b /../a / . .. a/.. a\\b\\..\\c c:\\d";
  for (const path of ["", ...paths.split(" ")])
    expect([path, plainPath(path)]).toEqual([path, posix.normalize(path.replaceAll("\\", "/"))]);
});

test("what leads out of its folder is told apart", () => {
  const out = ["../a", "..", "/etc/a", "a/../../b", "C:\\a"];
  expect(out.map((path) => leaves(plainPath(path)))).toEqual(out.map(() => true));
  expect(["a/..b", "..a", "a"].map((path) => leaves(plainPath(path)))).toEqual([false, false, false]);
});
