import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { isBuiltin } from "node:module";
import { circles, foreign, importsOf, outOfOrder, reached, type Import } from "../test/imports.js";

const list = (words: string): string[] => words.split(" ");

/** In what order the house is read: what lies in a folder, files too, the lowest first. Each may import what is before it. */
const order: [folder: string, places: string[]][] = [
  [".", list("packages/autograd packages/core packages/taskhead packages/studio scripts bench")],
  [
    "packages/autograd/src",
    [
      ...list(
        "gen graph parameters warnings.ts io infer engines.ts builder builder.ts rules options.ts lower infer-shapes.ts append-gradients.ts passes training",
      ),
      ...list("differentiate.ts left-to-processor.ts supported-operators.ts index.ts"),
    ],
  ],
  [
    "packages/core/src",
    [
      ...list("given engine data objectives measures backbone heads probe finetune explain guide theory tune"),
      ...list("images dense text graphs index.ts internals.ts"),
    ],
  ],
  [
    "packages/taskhead/src",
    [
      ...list(
        "files logs words results options runtime store data images masks text graphs hub report terminal run sweep demo studio commands",
      ),
      ...list("inputs.ts index.ts main.ts"),
    ],
  ],
  ["packages/studio/src", list("report data job chemistry-worker.ts worker.ts views main.tsx")],
];

/** What those that run anywhere may import of others: nothing of Node's. */
const packages: [folder: string, names: string[]][] = [
  ["packages/autograd/src", ["@bufbuild/protobuf"]],
  [
    "packages/core/src",
    list("@huggingface/tokenizers @taskhead/autograd ml-matrix ml-pca odex onnxruntime-common pure-rand"),
  ],
];

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** All but tests, which may import anything, and declarations of what is not ours. */
function readHouse(): Import[] {
  return [..."autograd core taskhead studio".split(" ").map((name) => `packages/${name}/src`), "scripts", "bench"]
    .flatMap((folder) => readdirSync(root + folder, { recursive: true, encoding: "utf8" }).map((f) => `${folder}/${f}`))
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /\.tsx?$/.test(file) && !/\/dist\/|\.(test|d)\.ts$/.test(file))
    .flatMap((file) => importsOf(file, readFileSync(root + file, "utf8")));
}

describe("the house", () => {
  const imports = readHouse();
  test("is read whole", () => expect(imports.length).toBeGreaterThan(1500));
  test("has no circle", () => expect(circles(imports)).toEqual([]));
  test.each(order)("is in order in %s", (folder, places) => expect(outOfOrder(imports, folder, places)).toEqual([]));
  test("reads what pages read with nothing of Node's", () => {
    const files = reached(imports, "packages/taskhead/src/inputs.ts");
    expect(files.size).toBeGreaterThan(20);
    expect([...files].filter(isBuiltin)).toEqual([]);
  });
  test.each(packages)("needs in %s nothing of Node's", (folder, names) =>
    expect(foreign(imports, folder, names)).toEqual([]),
  );
});

describe("a reader of imports", () => {
  const read = (files: Readonly<Record<string, string>>): Import[] =>
    Object.entries(files).flatMap(([file, text]) => importsOf(`p/${file}`, text));

  test("sees every way to import, and no mention of one", () => {
    const text = `import type { A } from "./a.js"; import "../b.js"; export * from "./c.js"; export type { D } from "./d.js";
      let e: import("./e.js").E; await import("#scripts/f.js"); // import "./no.js"
      const text = 'import "./no.js"'; import { n } from "node:fs"; import * as g from "@taskhead/autograd"; export {};`;
    const targets = importsOf("bench/x/y.ts", text).map(({ target }) => target);
    expect(targets.sort()).toEqual([
      ...list("bench/b.ts bench/x/a.ts bench/x/c.ts bench/x/d.ts bench/x/e.ts"),
      ...list("node:fs packages/autograd/src/index.ts scripts/f.ts"),
    ]);
  });

  test("sees circles of files, and of folders whose files make none", () => {
    const files = { "a.ts": 'import "./b.js"', "b.ts": 'import "./c.js"', "c.ts": 'import("./a.js")' };
    expect(circles(read(files))).toEqual(["p/a.ts → p/b.ts → p/c.ts → p/a.ts"]);
    const folders = { "q/a.ts": 'import "../r/b.js"', "r/c.ts": 'import type { D } from "../q/s/d.js"' };
    expect(circles(read(folders))).toEqual(["p/q → p/r → p/q"]);
    expect(circles(read({ "q/a.ts": 'import "./a.js"' }))).toEqual(["p/q/a.ts → p/q/a.ts"]);
    expect(circles(read({ "a.ts": 'import "./b.js"; import "./c.js"', "b.ts": 'import "./c.js"' }))).toEqual([]);
  });

  test("sees what comes later, and what has no place", () => {
    const imports = read({
      "low/a.ts": 'import "../high/b.js"; import "./c.js"; import "@taskhead/core"; import "fs"',
      "high/c.ts": 'import "../low/a.js"; import type { X } from "../top.js"',
      "top.ts": 'import "./high/c.js"; import "./new/b.js"',
    });
    expect(outOfOrder(imports, "p", ["low", "high", "top.ts"])).toEqual([
      "p/low/a.ts imports p/high/b.ts",
      "p/high/c.ts imports p/top.ts",
      "p/top.ts imports p/new/b.ts",
    ]);
    expect(outOfOrder(imports, ".", ["p", "packages/core"])).toEqual(["p/low/a.ts imports packages/core/src/index.ts"]);
  });

  test("sees Node's modules, others' packages, and ways around a package's name", () => {
    const wrong = ["node:fs", "fs", "lodash", "ml-pcat", "../q/index.js"];
    const names = [...wrong, "ml-pca", "pure-rand/x", "./b.js"];
    const imports = read({ "a.ts": names.map((name) => `import "${name}";`).join("") });
    expect(foreign(imports, "p", ["ml-pca", "pure-rand"])).toEqual(wrong.map((name) => `p/a.ts imports ${name}`));
  });
});
