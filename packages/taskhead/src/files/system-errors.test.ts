import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeFileAtomic } from "./atomic.js";
import { systemFault } from "./system-errors.js";

let root: string;
beforeAll(() => (root = mkdtempSync(join(tmpdir(), "faults-"))));
afterAll(() => rmSync(root, { recursive: true }));

function faultOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return systemFault(error);
  }
  return undefined;
}

describe("errors of the system are one line: the place, what is wrong, what helps", () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      "no such file",
      () => readFileSync(join(root, "none")),
      /none: there is no such file or folder; check .* \(ENOENT\)$/,
    ],
    ["a folder", () => readFileSync(root), /it is a folder where a file is needed/],
    ["a long name", () => readFileSync(join(root, "n".repeat(300))), /the name is too long; give a shorter one/],
    ["no folder", () => readdirSync(join(root, "file")), /a part of its path is a file, not a folder/],
  ])("%s", (_, work, words) => {
    writeFileSync(join(root, "file"), "");
    expect(faultOf(work)).toMatch(words);
    expect(faultOf(work)).not.toContain("\n");
  });

  test.skipIf(process.platform !== "linux")("a name that is not in UTF-8 is said to be that", () => {
    const folder = mkdtempSync(join(root, "latin"));
    mkdirSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.of(0xe9)]));
    const [listed] = readdirSync(folder);
    expect(faultOf(() => readdirSync(join(folder, listed!)))).toMatch(
      /caf\uFFFD: its name is not in UTF-8; rename it$/,
    );
  });

  test("of what is written, the file and not its temporary name", () => {
    writeFileSync(join(root, "file"), "");
    mkdirSync(join(root, "folder"), { recursive: true });
    expect(faultOf(() => writeFileAtomic(join(root, "file/inside.json"), "{}"))).toMatch(
      /^\S+inside\.json: (a part of|there is a file)/,
    );
    expect(faultOf(() => writeFileAtomic(join(root, "folder"), "{}"))).toMatch(/^\S+folder: it is a folder/);
  });

  test.each(["EACCES", "EFBIG", "EMFILE", "ENOSPC", "EROFS", "EIO", "EXOTIC"])("%s has words", (code) => {
    const error = Object.assign(new Error("x"), { code, syscall: "open", path: "a/b" });
    expect(systemFault(error)).toMatch(new RegExp(`^a/b: [^;]+; .+ \\(${code}\\)$`));
  });

  test("other errors are none of the system's", () => {
    expect(systemFault(new TypeError("x"))).toBeUndefined();
    expect(systemFault(Object.assign(new Error("x"), { code: "ERR_INVALID_ARG_TYPE" }))).toBeUndefined();
    expect(systemFault("EIO")).toBeUndefined();
  });
});
