import { describe, expect, test } from "vitest";
import { byLabels, inColumns, recolumned, whatIsIn, type GivenSamples } from "./given.js";
import type { PlacedFile } from "./placed-file.js";

const file = (path: string, content: string): PlacedFile => ({ path, file: new Blob([content]) });
const pictures = (...paths: string[]): PlacedFile[] => paths.map((path) => file(path, path));

/** Pictures that a table says things of. */
async function labelled(...files: readonly PlacedFile[]): Promise<GivenSamples & { readonly kind: "labelled" }> {
  const given = await whatIsIn(files);
  if (!("kind" in given) || given.kind !== "labelled") throw new Error(`not labelled: ${JSON.stringify(given)}`);
  return given as GivenSamples & { readonly kind: "labelled" };
}

describe("pictures with a file of labels", () => {
  const csv =
    "file_name,label\n1.png,cat\nin/2.png,dog\n./3.png,cat\nno.png,cat\n../4.png,dog\nnotes.txt,dog\n1.png,dog\n";
  const some = pictures("photos/1.png", "photos/in/2.png", "photos/3.png");

  test("have the classes that it says; rows of no use are told as the command line tells them", async () => {
    const { found, sheet } = await labelled(file("/photos/metadata.csv", csv), ...some);
    expect(found).toMatchObject({ task: "classification", outputs: ["cat", "dog"] });
    expect(found!.texts.map(({ name, target }) => [name, target])).toEqual([
      ["photos/1.png", 0],
      ["photos/in/2.png", 1],
      ["photos/3.png", 0],
    ]);
    expect(await found!.texts[1]!.picture!.text()).toBe("photos/in/2.png");
    expect(found!.said).toBe(
      "reads images from column 'file_name' and classes from column 'label' of photos/metadata.csv",
    );
    expect(found!.notes).toEqual([
      "skipped photos/metadata.csv:5: there is no file 'no.png'",
      "skipped photos/metadata.csv:6: '../4.png' is not inside the folder",
      "skipped photos/metadata.csv:7: 'notes.txt' is no image (.jpg, .png, .webp, .gif, .tiff, .avif)",
      "skipped photos/metadata.csv:8: '1.png' is in row 2 already",
    ]);
    expect(sheet).toMatchObject({ content: { columns: ["label"] }, task: "classification" });
  });

  test("have several labels, or numbers, by what its columns hold, and others where they are chosen", async () => {
    const lines = '{"file_name":"1.png","red":1,"round":null}\n{"file_name":"in/2.png","red":0,"round":"yes"}\n';
    const labels = await labelled(file("photos/metadata.jsonl", lines), ...some);
    expect(labels.found).toMatchObject({
      task: "multi-label",
      outputs: ["red", "round"],
      chosen: { targets: ["red", "round"] },
    });
    expect(labels.found!.texts.map(({ target }) => target)).toEqual([
      [1, NaN],
      [0, 1],
    ]);
    const chosen = await inColumns(labels.sheet!.content, { task: "classification", targets: ["red"] });
    expect(chosen).toMatchObject({ kind: "labelled", found: { outputs: ["0", "1"], chosen: { targets: ["red"] } } });
    const numbers = await labelled(
      file("labels.csv", "image,grams\n1.png,1.5\n2.png,\n"),
      ...pictures("1.png", "2.png"),
    );
    expect(numbers.found).toMatchObject({ task: "regression", outputs: ["grams"] });
    const lists = await labelled(
      file("p/metadata.csv", "file_name,tags\n1.png,a|b\n2.png,b\n"),
      ...pictures("p/1.png", "p/2.png"),
    );
    expect(lists.found).toMatchObject({ task: "multi-label", outputs: ["a", "b"] });
  });

  test("are of the sets that its files, or the folders in one, are called as; one that does not fit is left out", async () => {
    const train = "file_name,label\n1.png,cat\n2.png,dog\n";
    const own = await labelled(
      file("p/train/metadata.csv", train),
      file("p/test/metadata.csv", "file_name,label\n3.png,dog\n"),
      file("p/validation/metadata.csv", "file_name,label\n4.png,cow\n"),
      ...pictures("p/train/1.png", "p/train/2.png", "p/test/3.png", "p/validation/4.png"),
    );
    expect(own.found!.texts.map(({ name, set, target }) => [name, set, target])).toEqual([
      ["p/train/1.png", "train", 0],
      ["p/train/2.png", "train", 1],
      ["p/test/3.png", "test", 1],
    ]);
    expect(own.found!.sets).toEqual({ train: "p/train/metadata.csv", test: "p/test/metadata.csv" });
    expect(own.found!.notes).toEqual([
      expect.stringMatching(/^p\/validation\/metadata\.csv is not used as validation set: .*also has 'cow'/),
    ]);
    const roles = "file_name,label\ntrain/1.png,cat\ntrain/2.png,dog\ntest/3.png,dog\n";
    const one = await labelled(file("metadata.csv", roles), ...pictures("train/1.png", "train/2.png", "test/3.png"));
    expect(one.found!.texts.map(({ name, set }) => [name, set])).toEqual([
      ["train/1.png", "train"],
      ["train/2.png", "train"],
      ["test/3.png", "test"],
    ]);
    expect(one.found!.sets).toEqual({
      train: "the images of train in metadata.csv",
      test: "the images of test in metadata.csv",
    });
  });

  test("get the names of classes that a data set's README.md has for numbers", async () => {
    const readme =
      "---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names:\n          '0': cat\n          '1': dog\n---\n";
    const { found } = await labelled(
      file("p/README.md", readme),
      file("p/train/metadata.csv", "file_name,label\n1.png,1\n2.png,0\n"),
      ...pictures("p/train/1.png", "p/train/2.png"),
    );
    expect(found).toMatchObject({ outputs: ["cat", "dog"], texts: [{ target: 1 }, { target: 0 }] });
  });

  test("are those of a table of another name, which has their paths; folders of classes come first, and are said to", async () => {
    const table = file("photos/found.csv", "image,label\n1.png,cat\nin/2.png,dog\n");
    const { found } = await labelled(table, ...some);
    expect(found!.texts.map(({ name }) => name)).toEqual(["photos/1.png", "photos/in/2.png"]);
    const folders = pictures("photos/cat/1.png", "photos/dog/2.png");
    const given = await whatIsIn([file("photos/metadata.csv", csv), ...folders]);
    expect(given).toMatchObject({
      kind: "pictures",
      notes: ["photos/metadata.csv is not read, as folders are the classes"],
    });
    const twice = [table, file("photos/other.csv", "image,label\n1.png,cat\n")];
    await expect(whatIsIn([...twice, ...some])).rejects.toThrow(
      /several tables of pictures \(photos\/found\.csv, photos\/other\.csv\)/,
    );
  });

  test("say what is to be predicted of class folders only where that is asked for", async () => {
    const folders = pictures("photos/cat/1.png", "photos/dog/2.png", "photos/dog/3.png");
    const rows = "file_name,weight,tags\ncat/1.png,1.5,a|b\ndog/2.png,7.25,b\n";
    for (const name of ["metadata.csv", "found.csv"]) {
      const given = await whatIsIn([file(`photos/${name}`, rows), ...folders]);
      if (!("kind" in given) || given.kind !== "pictures") throw new Error("no class folders");
      expect(given.pictures.map(({ label }) => label)).toEqual(["cat", "dog", "dog"]);
      expect(given.notes).toEqual([`photos/${name} is not read, as folders are the classes`]);
      const asked = (await byLabels(given)) as GivenSamples & { readonly kind: "labelled" };
      expect(asked).toMatchObject({ kind: "labelled", folders: given, found: { task: "multi-label" } });
      expect(asked.found!.notes).toEqual([
        `folders are not read as classes, as photos/${name} says what is to be predicted`,
      ]);
      expect(await recolumned(asked, { task: "regression", targets: ["weight"] })).toMatchObject({
        folders: given,
        found: { task: "regression", texts: [{ target: [1.5] }, { target: [7.25] }] },
      });
    }
    // A folder that is called as a set holds classes like any other.
    const inSet = pictures("train/cat/1.png", "train/dog/2.png");
    expect(await whatIsIn([file("train/metadata.csv", rows), ...inSet])).toMatchObject({
      kind: "pictures",
      labels: { path: "train/metadata.csv" },
      notes: ["train/metadata.csv is not read, as folders are the classes"],
    });
    // What cannot be read is offered to nobody.
    const broken = await whatIsIn([file("photos/metadata.csv", "label\ncat\n"), ...folders]);
    expect([Object.keys(broken).includes("labels"), broken]).toMatchObject([false, { kind: "pictures" }]);
  });

  test("of which nothing can be used say why", async () => {
    const given = await labelled(file("photos/metadata.csv", "file_name,label\nx.png,cat\n"), ...some);
    expect([given.found, given.fault]).toEqual([
      null,
      expect.stringMatching(/^photos\/metadata\.csv: no row can be used \(row 2: there is no file 'x\.png'\)/),
    ]);
  });
});
