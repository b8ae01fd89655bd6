import { gzipSync } from "node:zlib";
import { Header } from "tar/header";
import { describe, expect, test } from "vitest";
import { inColumns, whatIsIn } from "./given.js";
import type { PlacedFile } from "./placed-file.js";

/** An archive of files and what is in them. */
function tar(files: Readonly<Record<string, string>>): Buffer {
  const members = Object.entries(files).map(([path, content]) => {
    const block = Buffer.alloc(512);
    const body = Buffer.from(content);
    new Header({ path, mode: 0o644, size: body.length, type: "File", mtime: new Date(0) }).encode(block);
    return Buffer.concat([block, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
  });
  return Buffer.concat([...members, Buffer.alloc(1024)]);
}

const file = (path: string, content: string | Uint8Array<ArrayBuffer>): PlacedFile => ({
  path,
  file: new Blob([content]),
});
const archive = (path: string, files: Readonly<Record<string, string>>): PlacedFile =>
  file(path, new Uint8Array(path.endsWith("gz") ? gzipSync(tar(files)) : tar(files)));

/** What a sheet came to, whatever its rows are. */
async function found(...files: readonly PlacedFile[]) {
  const given = await whatIsIn(files);
  if (!("kind" in given) || given.kind === "pictures" || given.kind === "masks" || !given.sheet)
    throw new Error(`no sheet: ${JSON.stringify(given)}`);
  return { ...given, sheet: given.sheet };
}

describe("archives of pictures", () => {
  const members = {
    "1.png": "one",
    "1.cls": "1",
    "in/2.png": "two",
    "in/2.cls": "0",
    "3.cls": "0",
    "../4.png": "x",
    "4.cls": "0",
  };
  const names = "cat\ndog\n";

  test.each(["a.tar", "a.tar.gz", "a.tgz"])("have what lies beside each, by names in classes.txt: %s", async (name) => {
    const given = await found(archive(`/data/${name}`, members), file("/data/classes.txt", names));
    const { found: texts, kind, sheet } = given;
    expect([kind, texts!.outputs, sheet.content.columns]).toEqual(["labelled", ["cat", "dog"], ["cls"]]);
    expect(texts!.texts.map((one) => [one.name, one.target])).toEqual([
      [`data/${name}/1.png`, 1],
      [`data/${name}/in/2.png`, 0],
    ]);
    expect(await Promise.all(texts!.texts.map(({ picture }) => picture!.text()))).toEqual(["one", "two"]);
    expect(texts!.said).toBe(
      `reads images from member 'png' and classes from column 'cls' of data/${name}; numbers are classes of data/classes.txt`,
    );
    expect(texts!.notes).toEqual([
      `skipped data/${name}:3: '3' has no picture (.jpg, .png, .webp, .gif, .tiff, .avif), only 'cls'`,
      `skipped data/${name}:4: '../4.png' leads out of the archive`,
      `skipped data/${name}:5: '4' has no picture (.jpg, .png, .webp, .gif, .tiff, .avif), only 'cls'`,
    ]);
  });

  test("have fields of json, of which others can be chosen, and are sets by their names", async () => {
    const one = (i: number, record: object) => ({ [`${i}.jpg`]: `${i}`, [`${i}.json`]: JSON.stringify(record) });
    const given = await found(
      archive("s/train-0.tar", one(1, { grams: 1.5, by: "me" })),
      archive("s/train-1.tar", one(2, { grams: 2.25, by: "you" })),
      archive("s/test-0.tar", one(3, { grams: 2, by: "me" })),
      archive("s/odd.tar", one(4, { grams: 1, by: "me" })),
    );
    // Which of both is meant nobody knows.
    expect([given.found, given.fault]).toEqual([null, expect.stringMatching(/'grams', 'by'/)]);
    expect(given.sheet.content.notes).toEqual([
      "left out 'odd.tar', whose names say no set, as those of the others do",
    ]);
    const chosen = await inColumns(given.sheet.content, { targets: ["grams"] });
    if (chosen.kind !== "labelled" || !("found" in chosen)) throw new Error("not labelled");
    expect(chosen.found).toMatchObject({
      task: "regression",
      outputs: ["grams"],
      sets: { train: "s", test: "s/test-0.tar" },
    });
    expect(chosen.found!.texts.map((sample) => [sample.name, sample.target, sample.set])).toEqual([
      ["s/train-0.tar/1.jpg", [1.5], "train"],
      ["s/train-1.tar/2.jpg", [2.25], "train"],
      ["s/test-0.tar/3.jpg", [2], "test"],
    ]);
    const grouped = await inColumns(given.sheet.content, { group: "by" });
    expect(grouped).toMatchObject({
      found: { outputs: ["grams"], group: "by", texts: [{ group: "me" }, { group: "you" }, {}] },
    });
  });

  test("are passed over where folders of classes lie beside them", async () => {
    const given = await whatIsIn([archive("p/a.tar", members), file("p/cat/1.png", ""), file("p/dog/2.png", "")]);
    expect(given).toMatchObject({ kind: "pictures" });
  });

  test("that are damaged are refused in a line", async () => {
    const damaged = file("a.tar.gz", new Uint8Array(gzipSync(tar(members)).subarray(0, -9)));
    await expect(whatIsIn([damaged])).rejects.toThrow(/^a\.tar\.gz is damaged or cut short \(.*\); fetch it again$/);
    await expect(whatIsIn([file("b.tar", "no archive".repeat(60))])).rejects.toThrow(/^b\.tar is no tar archive/);
    const bomb = file("c.tgz", new Uint8Array(gzipSync(Buffer.alloc(2 ** 22 + 1))));
    await expect(whatIsIn([bomb])).rejects.toThrow(/^c\.tgz unpacks to more than 5 MB from 1, as no texts do/);
  });
});

test("archives of texts are tables of txt, cls and the fields of json", async () => {
  const given = await found(
    archive("train.tar", { "1.txt": "good", "1.cls": "1", "2.txt": "bad", "2.cls": "0", "2.json": '{"by":"me"}' }),
    archive("test.tar", { "3.txt": "fine", "3.cls": "1" }),
    file("classes.json", '["no","yes"]'),
  );
  expect(given).toMatchObject({
    kind: "texts",
    found: { outputs: ["no", "yes"], sets: { train: "train.tar", test: "test.tar" } },
  });
  expect(given.found!.texts.map(({ name, text, target, set }) => [name, text, target, set])).toEqual([
    ["train.tar:1", "good", 1, "train"],
    ["train.tar:2", "bad", 0, "train"],
    ["test.tar:1", "fine", 1, "test"],
  ]);
  const other = await inColumns(given.sheet.content, { text: ["txt"], targets: ["by"] });
  expect(other.kind).toBe("texts");
});
