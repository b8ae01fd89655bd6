import { expect, test } from "vitest";
import { inColumns, whatIsIn } from "./given.js";
import { ownGroups } from "./groups.js";
import type { PlacedFile } from "./placed-file.js";
import type { FoundTexts } from "./texts.js";

const file = (path: string, content: string): PlacedFile => ({ path, file: new Blob([content]) });

/** What files come to once a column of groups was chosen. */
async function grouped(group: string, ...files: readonly PlacedFile[]): Promise<FoundTexts> {
  const given = await whatIsIn(files);
  if (!("kind" in given) || given.kind === "pictures" || given.kind === "masks") throw new Error("no sheet");
  const chosen = await inColumns(given.sheet!.content, { group });
  if (!chosen.found) throw new Error(JSON.stringify(chosen));
  return chosen.found;
}

test("groups are what a column says of texts, molecules and graphs, which then is nothing else", async () => {
  const texts = await grouped("score", file("x.csv", "text,label,score\na,yes,7\nb,no,\nc,no, 7\n"));
  expect(ownGroups(texts, texts.texts)).toEqual({ groups: { column: "score", of: ["7", null, "7"] } });
  expect(texts.notes).toEqual(["1 of 3 texts in x.csv name no 'score': each is a group of its own"]);
  const molecules = await grouped("lab", file("m.csv", "smiles,lab,toxic\nC,x,1\nCC,y,0\n"));
  expect(molecules).toMatchObject({ group: "lab", outputs: ["0", "1"], texts: [{ group: "x" }, { group: "y" }] });
  const graph = (y: number, lab: string) => JSON.stringify({ x: [[1]], edge_index: [[], []], y, lab });
  const graphs = await grouped("lab", file("g.jsonl", `${graph(0, "x")}\n${graph(1, "x")}\n`));
  expect(graphs.texts.map((one) => one.group)).toEqual(["x", "x"]);
  expect(ownGroups({}, texts.texts)).toEqual({});
});

test("of pictures they are in the file of labels", async () => {
  const csv = file("p/train/metadata.csv", "file_name,label,patient\n1.png,a,x\n2.png,b,y\n");
  const others = file("p/test/metadata.csv", "file_name,label\n3.png,a\n");
  const pictures = ["train/1.png", "train/2.png", "test/3.png"].map((path) => file(`p/${path}`, path));
  const found = await grouped("patient", csv, others, ...pictures);
  expect(found.texts.map(({ name, group }) => [name, group])).toEqual([
    ["p/train/1.png", "x"],
    ["p/train/2.png", "y"],
    ["p/test/3.png", undefined],
  ]);
  expect(found.outputs).toEqual(["a", "b"]);
  expect(found.notes).toEqual([
    "p/test/metadata.csv has no column 'patient': whether its groups were trained on cannot be told",
  ]);
  const given = await whatIsIn([csv, ...pictures]);
  if (!("kind" in given) || given.kind !== "labelled") throw new Error("not labelled");
  const none = await inColumns(given.sheet!.content, { group: "gone" });
  expect(none).toMatchObject({
    found: null,
    fault: expect.stringMatching(/has no column 'gone' .*--group$/) as string,
  });
});
