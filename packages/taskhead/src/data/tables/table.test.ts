import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../files/errors.js";
import type { RefusedRow } from "./rows.js";
import { openTable } from "./table.js";

let dir: string;
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), "taskhead-table-"))));
afterAll(() => rm(dir, { recursive: true, force: true }));

/** What a table of this content has: rows as objects, with their places. */
async function read(name: string, content: string | Uint8Array, columns?: string[]) {
  const path = join(dir, name);
  await writeFile(path, content);
  const table = await openTable(path);
  const refused: RefusedRow[] = [];
  const rows: unknown[] = [];
  for await (const { cells, ...place } of table.rows((row) => void refused.push(row), columns))
    rows.push({ ...place, ...Object.fromEntries(cells) });
  return { columns: table.columns, rows, refused, notes: table.notes, classNames: table.classNames };
}

async function message(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  expect((error as Error).message).not.toMatch(/\p{Cc}/u);
  return (error as Error).message;
}

describe("a .csv file", () => {
  it("counts rows as a spreadsheet does, and says the line where that is another", async () => {
    const { rows } = await read("x.csv", 'a,b\n"1\r\n\n2","say ""x"""\n\n , \n3,4\n');
    expect(rows).toEqual([
      { row: 2, a: "1\r\n\n2", b: 'say "x"' },
      { row: 5, line: 7, a: "3", b: "4" },
    ]);
  });

  it.each([
    ["\\n", "a,b\n1,2\n3,4"],
    ["\\r\\n", "a,b\r\n1,2\r\n3,4\r\n"],
    ["a lone \\r", "a,b\r1,2\r3,4\r"],
    ["all of them", "a,b\r\n1,2\n3,4\r"],
  ])("has rows that end in %s", async (_, text) => {
    const { rows, refused } = await read("x.csv", text);
    expect([rows, refused]).toEqual([
      [
        { row: 2, a: "1", b: "2" },
        { row: 3, a: "3", b: "4" },
      ],
      [],
    ]);
  });

  it.each([";", ",", "\t", "|"])(
    "may say on its first line that cells are told apart by '%s', as Excel's do",
    async (by) => {
      const { columns, rows, refused } = await read("x.csv", `sep=${by}\r\na${by}b\r\n1${by}2\r\n`);
      expect([columns, rows, refused]).toEqual([["a", "b"], [{ row: 3, a: "1", b: "2" }], []]);
    },
  );

  it.each([
    [",", 'text,"a;b"\n"1,5",2\n'],
    [";", '"te,xt";x\n1,5;2\n'],
    ["\t", "text\tx\n1,5\t2\n"],
    ["|", "text|x\n1,5|2\n"],
  ])("may have its cells between %j", async (_, text) => {
    const { columns, rows } = await read("x.csv", text);
    expect(Object.values(rows[0] as object)).toEqual([2, "1,5", "2"]);
    expect(columns).toHaveLength(2);
  });

  it("names rows with too many and too few cells", async () => {
    const { rows, refused } = await read("x.csv", 'a,b\n1\n"x\ny",2\n1,2,3\n4,5\n');
    expect(rows).toEqual([
      { row: 3, a: "x\ny", b: "2" },
      { row: 5, line: 6, a: "4", b: "5" },
    ]);
    expect(refused).toEqual([
      { row: 2, reason: "there are 2 columns, but 1 cell" },
      { row: 4, line: 5, reason: "there are 2 columns, but 3 cells" },
    ]);
  });

  it("names rows that are the first row again, as of files that were joined", async () => {
    const { rows, refused } = await read("x.csv", "a,b\n1,2\na,b\n3,4\n");
    expect(rows).toEqual([
      { row: 2, a: "1", b: "2" },
      { row: 4, a: "3", b: "4" },
    ]);
    expect(refused).toEqual([{ row: 3, reason: "it names the columns again, as the first row does" }]);
  });

  it("may have quotes inside cells, which are letters there", async () => {
    const { rows } = await read("x.csv", 'a,b\n5" disk,he "said"\n');
    expect(rows).toEqual([{ row: 2, a: '5" disk', b: 'he "said"' }]);
  });

  it("gives those columns that are needed", async () => {
    expect((await read("x.csv", "a,b,\n1,2,3\n", ["b"])).rows).toEqual([{ row: 2, b: "2" }]);
  });

  it("is refused where a quote is not closed, a column is there twice, or nothing is", async () => {
    expect(await message(read("x.csv", 'a,b\n"x\n",1\n"y,1\nz,2\n'))).toMatch(
      /x\.csv cannot be read as CSV: the quote that opens in row 3 \(line 4\) is never closed; mend that row/,
    );
    expect(await message(read("x.csv", 'a,b\n1,2\n"x" y "z",1\n'))).toMatch(
      /: in row 3 a quote is neither at the begin nor at the end of its cell; mend/,
    );
    expect(await message(read("x.csv", "a\u001b[2J,a\u001b[2J\n"))).toMatch(/two columns 'a\\u001b\[2J'; rename one/);
    expect(await read("x.csv", "")).toMatchObject({ columns: [], rows: [], refused: [] });
  });
});

describe("a .tsv file", () => {
  it("may be quoted", async () => {
    const { rows, notes } = await read("x.tsv", 'a\tb\n"x\ty\n""z"""\t1\n');
    expect([rows, notes]).toEqual([[{ row: 2, a: 'x\ty\n"z"', b: "1" }], []]);
  });

  it("is read without quotes where they do not pair, and says so", async () => {
    const { rows, notes } = await read("x.tsv", 'a\tb\n"Drew\t1\nsay "x"\t0\n"so" it is\t1\n');
    expect(rows).toEqual([
      { row: 2, a: '"Drew', b: "1" },
      { row: 3, a: 'say "x"', b: "0" },
      { row: 4, a: '"so" it is', b: "1" },
    ]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/quotes in .*x\.tsv are read as part of the text, as they do not pair: in row 2/);
  });
});

describe("the encoding of a table", () => {
  const text = "a,b\nZoë,日本 😀\n";
  const rows = [{ row: 2, a: "Zoë", b: "日本 😀" }];
  const utf16 = Buffer.from(`\ufeff${text}`, "utf16le");

  it.each([
    ["UTF-8", Buffer.from(text)],
    ["UTF-8 with its mark", Buffer.from(`\ufeff${text}`)],
    ["UTF-16, little-endian", utf16],
    ["UTF-16, big-endian", Buffer.from(utf16).swap16()],
  ])("may be %s", async (_, bytes) => {
    expect(await read("x.csv", bytes)).toMatchObject({ columns: ["a", "b"], rows });
  });

  it("is no other", async () => {
    const latin = Buffer.concat([Buffer.from("a,b\nx,y\nZo"), Buffer.of(0xeb), Buffer.from(",1\n")]);
    expect(await message(read("x.csv", latin))).toMatch(/x\.csv is not in UTF-8 \(line 3\); save it as UTF-8$/);
    expect(await message(read("x.jsonl", latin))).toMatch(/x\.jsonl is not in UTF-8/);
    expect(await message(read("x.csv", Buffer.from(text, "utf16le")))).toMatch(/not in UTF-8 \(it holds zero bytes\)/);
    expect(await message(read("x.csv", Buffer.from("a,b\n1,é").subarray(0, -1)))).toMatch(/not in UTF-8 \(line 2\)/);
    expect(await message(read("x.csv", Buffer.from("\xc4,b\n1,\xe9\n", "latin1")))).toMatch(/not in UTF-8 \(line 1\)/);
  });

  it("does not matter to where pieces of a file end", async () => {
    // A file is read in pieces of 64 KB: here they end in a character, and between \r and \n.
    const long = `${"é".repeat(32_765)},b\r\n`;
    const content = `a${long}${long}${long}`;
    expect(Buffer.byteLength(content)).toBeGreaterThan(3 * 65_000);
    const { columns, rows: found } = await read("x.csv", content);
    expect([columns[0]!.length, found.length]).toEqual([32_766, 2]);
    const lines = `{"a":"${"x".repeat(65_527)}"}\r\n{"a":"é"}\r{"a":"z"}`;
    expect((await read("x.jsonl", lines)).rows.slice(1)).toEqual([
      { row: 2, a: "é" },
      { row: 3, a: "z" },
    ]);
  });
});

describe("JSON", () => {
  const objects = [
    { text: " as it is ", n: 1.5, yes: true, none: null },
    { text: "x", tags: ["a", 2], deep: { a: 1 }, mixed: ["a", {}] },
  ];
  const rows = [
    { row: 1, text: " as it is ", n: "1.5", yes: "true" },
    { row: 2, text: "x", tags: ["a", "2"], deep: null, mixed: null },
  ];

  it.each(["x.jsonl", "x.ndjson", "x.json"])("may be lines of objects, in %s", async (name) => {
    const { columns, rows: found } = await read(name, objects.map((one) => JSON.stringify(one)).join("\n"));
    expect([columns, found]).toEqual([["text", "n", "yes", "tags", "deep", "mixed"], rows]);
  });

  it.each(["x.json", "x.jsonl"])("may be an array of objects, in %s", async (name) => {
    const { rows: found, refused } = await read(name, `\n ${JSON.stringify([...objects, 3], null, 2)}`);
    expect([found, refused]).toEqual([rows, [{ row: 3, reason: "it is not a JSON object" }]]);
  });

  it("is refused where it is neither", async () => {
    expect(await message(read("x.json", "[1, 2"))).toMatch(/x\.json is not JSON; give an array of objects/);
    expect(await message(read("x.json", "[1, 2]"))).toMatch(/record 1: it is not a JSON object; give an array/);
    expect(await message(read("x.jsonl", "text,label\nx,1"))).toMatch(/line 1: it is not JSON; write one JSON object/);
  });
});

describe("a .parquet file", () => {
  const content = new URL("parquet-files.json", import.meta.url);
  const files = async (): Promise<Record<string, string>> =>
    (JSON.parse(await readFile(content, "utf8")) as { files: Record<string, string> }).files;

  it("has text, numbers, lists and nothing, in several groups of rows, and names of classes", async () => {
    const { rows: written } = await files();
    const { columns, rows, classNames } = await read("x.parquet", Buffer.from(written!, "base64"));
    expect(columns).toEqual(["text", "label", "tags", "n"]);
    expect(rows).toEqual([
      { row: 1, text: "a cat", label: "0", tags: ["x", "y"], n: "0.5" },
      { row: 2, text: 'Zoë said "hi"\nover', label: "1", tags: [] },
      { row: 3, label: "1", n: "2" },
      { row: 4, text: "a dog", label: "-1", tags: ["z"], n: "10000000000" },
    ]);
    expect([...classNames]).toEqual([["label", ["neg", "pos"]]]);
    const some = await read("x.parquet", Buffer.from(written!, "base64"), ["n"]);
    expect(some.rows[0]).toEqual({ row: 1, n: "0.5" });
  });

  it.each(["snappy", "zstd", "gzip", "brotli", "lz4"])("may be compressed by %s", async (codec) => {
    const { rows } = await read("x.parquet", Buffer.from((await files())[codec]!, "base64"));
    expect(rows).toEqual([
      { row: 1, text: "ab".repeat(40) },
      { row: 2, text: "ab".repeat(30) },
    ]);
  });

  it("is refused where it is none, is cut off, or is compressed by what nobody can undo", async () => {
    const zstd = Buffer.from((await files())["zstd"]!, "base64");
    expect(await message(read("x.parquet", "no"))).toMatch(
      /x\.parquet cannot be read as Parquet \(.*\); write it again/,
    );
    expect(await message(read("x.parquet", zstd.subarray(0, -9)))).toMatch(/cannot be read as Parquet/);
    const broken = Buffer.from(zstd);
    broken.fill(0xff, 25, 40);
    expect(await message(read("x.parquet", broken))).toMatch(/cannot be read as Parquet/);
    // The footer's codec: a field of Thrift's compact protocol, zigzag 6 for zstd and 3 for LZO.
    const lzo = Buffer.from(zstd);
    lzo[lzo.indexOf("text", lzo.indexOf("schema") + 20) + 5] = 3 << 1;
    expect(await message(read("x.parquet", lzo))).toMatch(/is compressed by LZO, which cannot be read here; write it/);
  });
});

it("is refused where it is no table, or not there", async () => {
  expect(await message(read("x.xlsx", ""))).toMatch(
    /x\.xlsx is no table that can be read; give a \.csv, \.tsv, \.jsonl, \.ndjson, \.json or \.parquet file$/,
  );
  expect(await message(read("x.csv.gz", ""))).toMatch(/no table that can be read; it is compressed; unpack it, and/);
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 1\n";
  for (const name of ["x.csv", "x.jsonl", "x.parquet"])
    expect(await message(read(name, pointer))).toMatch(
      /is a pointer of Git LFS, not the table itself; fetch that with/,
    );
  expect(await message(read("x.csv", "<!DOCTYPE html>\n<p>404, not found</p>"))).toMatch(/is a web page, not a table;/);
  expect(await message(read("x.parquet", ""))).toMatch(/x\.parquet is empty; fetch the file again/);
  expect(await message(openTable(join(dir, "no.csv")))).toMatch(
    /the table .*no\.csv cannot be read \(there is no such file/,
  );
  await mkdir(join(dir, "folder.csv"));
  expect(await message(openTable(join(dir, "folder.csv")))).toMatch(/cannot be read \(it is no file\)/);
});
