import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../files/errors.js";
import { readLabelFile } from "./label-file.js";
import type { LabelTable } from "./label-table.js";

let dir: string;
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), "taskhead-labels-"))));
afterAll(() => rm(dir, { recursive: true, force: true }));

async function read(name: string, content: string | Uint8Array): Promise<LabelTable> {
  const path = join(dir, name);
  await writeFile(path, content);
  return readLabelFile(path);
}

const plain = ({ rows, ...rest }: LabelTable) => ({
  ...rest,
  rows: rows.map(({ row, file, cells }) => ({ row, file, ...Object.fromEntries(cells) })),
});

describe("a table of labels", () => {
  const expected = {
    columns: ["label", "note"],
    fileColumn: "file_name",
    rows: [
      { row: 2, file: "a.png", label: "cat", note: 'says "no", twice\nover' },
      { row: 3, file: "b, c.png", label: "dög", note: "" },
    ],
    refused: [],
  };

  it("has quotes, embedded line breaks and commas", async () => {
    const text = 'file_name,label,note\na.png,cat,"says ""no"", twice\nover"\n"b, c.png", dög ,\n';
    expect(plain(await read("x.csv", text))).toEqual(expected);
  });

  it("may have a byte-order mark and Windows' line breaks", async () => {
    const text = '\ufefffile_name,label,note\r\na.png,cat,"says ""no"", twice\nover"\r\n"b, c.png",dög,\r\n';
    expect(plain(await read("x.csv", text))).toEqual(expected);
  });

  it("has tabs in a .tsv, and may have semicolons in a .csv", async () => {
    const rows = [{ row: 2, file: "a.png", x: "1,5", y: "2" }];
    expect(plain(await read("x.tsv", "file_name\tx\ty\na.png\t1,5\t2\n")).rows).toEqual(rows);
    expect(plain(await read("x.csv", "file_name;x;y\na.png;1,5;2\n")).rows).toEqual(rows);
    expect(plain(await read("x.csv", "image,tags\na.png,x;y\n")).rows).toEqual([
      { row: 2, file: "a.png", tags: "x;y" },
    ]);
  });

  it("counts rows as a spreadsheet does, passes over empty ones, and names those of another length", async () => {
    const { rows, refused } = await read("x.csv", "file_name,x\na.png,1\n\n,\nb.png\nc.png,1,2\nd.png,4");
    expect(rows.map((r) => [r.row, r.file])).toEqual([
      [2, "a.png"],
      [7, "d.png"],
    ]);
    expect(refused).toEqual([
      { row: 5, reason: "there are 2 columns, but 1 cell" },
      { row: 6, reason: "there are 2 columns, but 3 cells" },
    ]);
  });

  it.each(["file_name", "file", "image", "path", "filename", "File_Name", "image_file_name", "photo_file_name"])(
    "has the images' paths in a column '%s'",
    async (name) => {
      const { fileColumn, columns } = await read("x.csv", `x,${name}\n1,a.png`);
      expect([fileColumn, columns]).toEqual([name, ["x"]]);
    },
  );

  it("has an index without a name where pandas wrote it, which says nothing", async () => {
    const { fileColumn, columns } = await read("x.csv", ",file,file_name,x\n0,1,a.png,2");
    expect([fileColumn, columns]).toEqual(["file_name", ["file", "x"]]);
  });
});

describe("JSON lines of labels", () => {
  it("have text, numbers, lists, and nothing", async () => {
    const lines = [
      { file_name: "a.png", label: " cat ", n: 1.5, yes: true, tags: ["x", 2] },
      { file_name: "b.png", label: null, boxes: { a: [1] }, tags: [] },
    ];
    const text = `\ufeff${JSON.stringify(lines[0])}\r\n\n${JSON.stringify(lines[1])}`;
    expect(plain(await read("x.jsonl", text))).toEqual({
      columns: ["label", "n", "yes", "tags", "boxes"],
      fileColumn: "file_name",
      rows: [
        { row: 1, file: "a.png", label: "cat", n: "1.5", yes: "true", tags: ["x", "2"] },
        { row: 3, file: "b.png", boxes: null, tags: [] },
      ],
      refused: [],
    });
  });

  it("name the lines that are none", async () => {
    const { rows, refused } = await read("x.jsonl", '{"file":"a.png"}\n{"file":\n[1]\n{"x":1}\n{"file":["b.png"]}');
    expect(rows.map((r) => r.row)).toEqual([1]);
    expect(refused).toEqual([
      { row: 2, reason: "it is not JSON" },
      { row: 3, reason: "it is not a JSON object" },
      { row: 4, reason: "it has no 'file'" },
      { row: 5, reason: "it has no 'file'" },
    ]);
  });
});

describe("a file of labels that cannot be read", () => {
  it.each([
    ["x.csv", "name,label\na.png,1", /no column 'file_name' .*it has 'name', 'label'/],
    [
      "x.csv",
      "a.png,1\nb.png,2\n",
      /no column 'file_name' .*; if its first row is a sample \('a\.png' looks like one\), put/,
    ],
    ["x.csv", "", /no column 'file_name' .*it is empty/],
    ["x.csv", "file_name,x,x\n", /two columns 'x'/],
    ["x.csv", 'file_name,x\n"a.png,1\n', /x\.csv cannot be read as CSV: .*[Qq]uote/],
    ["x.csv", Uint8Array.of(0x66, 0xff, 0xfe), /x\.csv is not in UTF-8/],
    ["x.jsonl", "[\n1\n]", /x\.jsonl: line 1: it is not JSON/],
    ["x.csv", "left_file_name,right_file_name,label\na.png,b.png,1", /names several files .*'left_file_name', 'right_/],
    ["x.xlsx", "", /x\.xlsx is no file of labels that can be read; give a \.csv, .* or \.parquet file/],
  ])("is named in one line: %s", async (name, content, message) => {
    const error: unknown = await read(name, content).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain("\n");
  });

  it("is named when it is not there", async () => {
    await expect(readLabelFile(join(dir, "no.csv"))).rejects.toThrow(
      /no\.csv cannot be read \(there is no such file\)/,
    );
  });
});
