import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { labelledFor } from "./labelled-for.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-labelled-"));
  for (const file of ["classes/cat/1.png", "classes/cat/2.png", "classes/zebra/3.png", "one/cat/4.png", "rows/1.png"]) {
    await mkdir(join(root, file, ".."), { recursive: true });
    await writeFile(join(root, file), "");
  }
  await writeFile(join(root, "rows", "lists.csv"), "file_name,tags\n1.png,b|x\n");
  await writeFile(join(root, "rows", "labels.csv"), "file_name,who,b,a\n1.png,7,1,\n");
});
afterAll(() => rm(root, { recursive: true, force: true }));

const cats = { objective: "classification", outputs: ["bird", "cat"] } as const;

it("gives classes by the model's places, and tells those that it does not know", async () => {
  const { source, unknown } = await labelledFor(cats, join(root, "classes"), {});
  expect(source.files.map(({ path, target }) => [path, target])).toEqual([
    ["cat/1.png", 1],
    ["cat/2.png", 1],
  ]);
  expect(unknown).toEqual([{ label: "zebra", samples: 1 }]);
  expect((await labelledFor(cats, join(root, "one"), {})).source.files).toHaveLength(1);
  await expect(labelledFor({ ...cats, outputs: ["x", "y"] }, join(root, "one"), {})).rejects.toThrow(
    /has no image of what the model knows: it has 'cat', the model 'x', 'y'; give images of the model's classes$/,
  );
  const many = Array.from({ length: 1000 }, (_, i) => `class ${i}`);
  await expect(labelledFor({ ...cats, outputs: many }, join(root, "one"), {})).rejects.toThrow(
    /the model 'class 0', .*'class 7', 992 more; give/,
  );
});

it("takes the model's own columns of a file, and of a list what it does not name as no", async () => {
  const labels = { objective: "multi-label", outputs: ["a", "b"] } as const;
  const columns = await labelledFor(labels, join(root, "rows"), {});
  expect(columns.source.files[0]!.target).toEqual([NaN, 1]);
  const lists = await labelledFor(labels, join(root, "rows"), { labels: join(root, "rows", "lists.csv") });
  expect(lists.source.files[0]!.target).toEqual([0, 1]);
  expect(lists.unknown).toEqual([{ label: "x", samples: 1 }]);
  const numbers = { objective: "regression", outputs: ["b", "c"] } as const;
  await expect(labelledFor(numbers, join(root, "rows"), {})).rejects.toThrow(
    /has no column 'c', which the model predicts/,
  );
});
