import { posix } from "node:path";
import { expect, test } from "vitest";
import { basename, dirname, extname } from "./path.js";

test.each(["a/b/c.txt", "c.txt", "a/b/", "/a", "a/.hidden", "a/b.tar.gz", "x.", ""])(
  "'%s' is taken apart as Node does",
  (path) => {
    expect([basename(path), dirname(path), extname(path)]).toEqual([
      posix.basename(path),
      posix.dirname(path),
      posix.extname(path),
    ]);
  },
);
