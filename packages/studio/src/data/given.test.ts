import { expect, test } from "vitest";
import { countOf, faultOf, regrouped, whatIsIn, type GivenSamples } from "./given.js";
import type { PlacedFile } from "./placed-file.js";

const file = (path: string, content = "x"): PlacedFile => ({ path, file: new Blob([content]) });
const samples = async (...files: readonly PlacedFile[]): Promise<GivenSamples> => {
  const given = await whatIsIn(files);
  if (!("kind" in given)) throw new Error("a run");
  return given;
};
const groupsIn = (given: GivenSamples): (string | undefined)[] =>
  given.kind === "pictures" ? given.pictures.map(({ group }) => group) : [];

test.each([
  [[], "there are no files in what was given; give a folder of samples, a table or a zip"],
  [[".DS_Store"], "there are no files in what was given; give a folder of samples, a table or a zip"],
  [["a.pdf"], /^a\.pdf is nothing that samples are read from; give pictures or \.txt files/],
  [["x/a.pdf", "x/b.pdf"], /^x\/a\.pdf and 1 more are nothing that samples are read from; give/],
  [["a.pdf", "net.onnx"], "net.onnx is a model, which step 2 takes; give samples here"],
  [["a.xlsx"], "a.xlsx is a workbook; save its sheet as CSV in UTF-8, and give that"],
  [["a.zip"], "a.zip is a zip in a zip; unpack it, and give what is in it"],
  [["a.txt"], /^a\.txt lies in no folder that could say its class; give/],
])("%j is told by its name, with what to do", async (paths, message) => {
  await expect(whatIsIn(paths.map((path) => file(path)))).rejects.toThrow(message);
});

test.each(["a.csv", "a.parquet", "a.jsonl", "a.tar", "a.conll"])("an empty %s is said to be empty", async (path) => {
  await expect(whatIsIn([file(path, "")])).rejects.toThrow(new RegExp(`^${path} is empty; `));
});

test("groups of class folders are the folders in them, or a column of the table beside them", async () => {
  const table = "file_name,patient\ncat/p1/1.jpg,x\ncat/2.jpg,y\ndog/3.jpg,x\n";
  const pictures = ["cat/p1/1.jpg", "cat/2.jpg", "dog/3.jpg"].map((path) => file(`a/${path}`));
  const given = await samples(file("a/metadata.csv", table), ...pictures);
  expect(given).toMatchObject({ kind: "pictures", grouping: { columns: ["patient", "folder"] } });
  const byColumn = await regrouped(given, "patient");
  expect([groupsIn(byColumn), countOf(byColumn)]).toEqual([["x", "y", "x"], 3]);
  const byFolder = await regrouped(byColumn, "folder");
  expect(groupsIn(byFolder)).toEqual(["p1", undefined, undefined]);
  expect(byFolder).toMatchObject({
    grouping: { asked: "folder", notes: ["2 of 3 images in a name no 'folder': each is a group of its own"] },
  });
  expect(groupsIn(await regrouped(byFolder, undefined))).toEqual([undefined, undefined, undefined]);
});

test("groups that cannot be told are a fault, and nothing is taken", async () => {
  const twice = "file_name,patient\ncat/1.jpg,x\ncat/1.jpg,y\n";
  const given = await samples(file("metadata.csv", twice), file("cat/1.jpg"), file("dog/2.jpg"));
  const grouped = await regrouped(given, "patient");
  expect(faultOf(grouped)).toBe(
    "metadata.csv has 'cat/1.jpg' twice, with 'x' and 'y' as its 'patient'; leave one of them",
  );
  expect(countOf(grouped)).toBe(0);
  expect(countOf(await regrouped(grouped, undefined))).toBe(2);
});

test("of sets each has its own folders of groups", async () => {
  const paths = ["train/cat/p1/1.jpg", "train/dog/p2/2.jpg", "test/cat/3.jpg"];
  const given = await samples(...paths.map((path) => file(`a/${path}`)));
  const grouped = await regrouped(given, "folder");
  expect(groupsIn(grouped)).toEqual(["p1", "p2", undefined]);
});
