import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { Header, type HeaderData } from "tar/header";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../files/errors.js";
import { archivesOf } from "./archive-sets.js";
import { archivesIn, namedArchives } from "./archives.js";
import { bytesOnDisk } from "./bytes-on-disk.js";
import { samplesOf } from "./samples.js";
import { tarMembers } from "./tar-members.js";
import { unpacked } from "./unpacked.js";

let root: string;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), "taskhead-archive-"))));
afterAll(() => rm(root, { recursive: true, force: true }));

/** A header and what it is said to hold. */
function member(path: string, content: string | Buffer, given: HeaderData = {}): Buffer {
  const body = Buffer.from(content);
  const header = new Header({ path, mode: 0o644, size: body.length, type: "File", mtime: new Date(0), ...given });
  const block = Buffer.alloc(512);
  header.encode(block);
  return Buffer.concat([block, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

const end = Buffer.alloc(1024);

async function put(name: string, ...parts: readonly Buffer[]): Promise<string> {
  await writeFile(join(root, name), Buffer.concat(parts));
  return join(root, name);
}

async function message(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  expect((error as Error).message).not.toContain("\n");
  return (error as Error).message.replaceAll(root, "DIR");
}

const read = (path: string) => tarMembers(path, bytesOnDisk(path));

describe("the members of a tar", () => {
  const content = new URL("tar-files.json", import.meta.url);

  it.each(["gnu", "pax", "ustar"])("are where Python wrote them, in format %s", async (format) => {
    const { files } = JSON.parse(await readFile(content, "utf8")) as { files: Record<string, string> };
    const path = await put(`${format}.tar`, gunzipSync(Buffer.from(files[format]!, "base64")));
    const { members, others } = await read(path);
    const bytes = await readFile(path);
    const found = members.map(({ name, start, size }) => [name, bytes.subarray(start, start + size).toString()]);
    expect(found).toEqual([
      ["./photos/0001.jpg", "J".repeat(600)],
      ["./photos/0001.cls", "1\n"],
      [`${"a-folder-with-a-long-name/".repeat(5)}0001.jpg`, "long"],
      ...(format === "ustar" ? [] : [["zoë.png", "PNG"]]),
      ["empty.txt", ""],
    ]);
    expect(others).toBe(1);
  });

  it("may lack the empty blocks at the end, and follow larger ones than are read at once", async () => {
    const path = await put("large.tar", member("1.jpg", Buffer.alloc(100_000, 7)), member("1.cls", "2"));
    const { members, ended } = await read(path);
    expect(ended).toBe(false);
    expect(members.map(({ name, start, size }) => [name, start, size])).toEqual([
      ["1.jpg", 512, 100_000],
      ["1.cls", 512 + 100_352 + 512, 1],
    ]);
  });

  it("are refused in one line where the archive is damaged, whatever its headers say", async () => {
    const sound = member("1.jpg", "x");
    const wrong = Buffer.from(sound);
    wrong[0]! ^= 1;
    const huge = member("2.jpg", "", { size: 8 ** 11 - 1 });
    const unsafe = Buffer.from(sound);
    unsafe.fill(0xff, 124, 136);
    unsafe[124] = 0x80;
    const attributes = member("x", "", { size: 2 ** 21, type: "ExtendedHeader" });
    const cases: [name: string, parts: Buffer[], says: RegExp][] = [
      ["none", [Buffer.from("no tar at all".repeat(60))], /none\.tar is no tar archive, whatever it is called; fetch/],
      ["zip", [Buffer.from("PK\x03\x04".padEnd(600))], /is a zip; unpack it, and give the folder$/],
      ["zstd", [Buffer.from("28b52ffd", "hex"), end], /it is compressed by zstd; unpack it with unzstd$/],
      ["short", [sound, Buffer.alloc(100, 1)], /short\.tar is damaged at byte 1,024, where the next member should/],
      ["padding", [sound.subarray(0, 600)], /padding\.tar is damaged at byte 1,024/],
      ["flipped", [sound, wrong, end], /flipped\.tar is damaged at byte 1,024/],
      ["huge", [sound, huge, end], /is cut short, or damaged: '2\.jpg' is said to have 8,589,934,591 bytes, and 1,024/],
      ["unsafe", [sound, unsafe, end], /unsafe\.tar is damaged at byte 1,024/],
      ["names", [attributes, Buffer.alloc(2 ** 21), end], /the name of a member has 2,097,152 bytes; fetch it again$/],
    ];
    for (const [name, parts, says] of cases)
      expect(await message(read(await put(`${name}.tar`, ...parts)))).toMatch(says);
  });

  it("are none of an empty file, and many zeros are no work", async () => {
    expect(await read(await put("empty.tar"))).toEqual({ members: [], others: 0, ended: false });
    const file = await open(join(root, "zeros.tar"), "w");
    await file.truncate(2 ** 40);
    await file.close();
    expect(await read(join(root, "zeros.tar"))).toEqual({ members: [], others: 0, ended: true });
    await rm(join(root, "zeros.tar"));
  });
});

describe("an archive that gzip has compressed", () => {
  it("is unpacked once, known by its content, and again where the copy is damaged", async () => {
    const tar = Buffer.concat([member("1.jpg", "x"), end]);
    const path = await put("a.tar.gz", gzipSync(tar));
    const cache = join(root, "cache");
    const copy = await unpacked(path, cache);
    expect((await readFile(copy)).equals(tar)).toBe(true);
    const before = await readdir(join(cache, "archives"));
    // Another name, the same content.
    expect(await unpacked(await put("b.tgz", gzipSync(tar)), cache)).toBe(copy);
    await writeFile(copy, "damaged");
    expect((await readFile(await unpacked(path, cache))).equals(tar)).toBe(true);
    expect(await readdir(join(cache, "archives"))).toEqual(before);
    // What is not compressed is read where it lies, whatever it is called.
    const plain = await put("plain.tar.gz", tar);
    expect(await unpacked(plain, cache)).toBe(plain);
  });

  it("is refused where it is cut short, or comes to more than pictures do; nothing is left of it", async () => {
    const cache = join(root, "other");
    const whole = gzipSync(Buffer.concat([member("1.jpg", "x"), end]));
    expect(await message(unpacked(await put("cut.tar.gz", whole.subarray(0, -9)), cache))).toMatch(
      /cut\.tar\.gz is damaged or cut short \(.*\); fetch it again$/,
    );
    const bomb = await put("bomb.tar.gz", gzipSync(Buffer.alloc(2 ** 22 + 1)));
    expect(await message(unpacked(bomb, cache))).toMatch(
      /bomb\.tar\.gz unpacks to more than 5 MB from 1, as no pictures do; unpack it yourself/,
    );
    expect(await readdir(join(cache, "archives"))).toEqual([]);
    await writeFile(join(root, "file"), "");
    expect(await message(unpacked(await put("ok.tar.gz", whole), join(root, "file")))).toMatch(
      /ok\.tar\.gz cannot be unpacked into .* \(\w+\); free some space, or give another --cache$/,
    );
  });
});

describe("samples", () => {
  it("are members of one name up to the first dot, of which some are none", () => {
    const at = (names: readonly string[]) => names.map((name, start) => ({ name, start, size: 1 }));
    const names = ["./a/1.JPG", "a/1.cls", "a.b/2.seg.png", "a.b/2.jpg", "README", ".hidden.jpg", "a/._1.jpg"];
    const found = samplesOf(at([...names, "__MACOSX/3.jpg", "a/1.json"]));
    expect(found.map(({ key, parts }) => [key, [...parts.keys()]])).toEqual([
      ["a/1", ["jpg", "cls", "json"]],
      ["a.b/2", ["seg.png", "jpg"]],
    ]);
    expect(
      samplesOf(at(["../1.jpg", "/etc/2.jpg", "a/../../3.jpg", "4.jpg", "x/../4.jpg"])).map((s) => s.fault),
    ).toEqual([
      "'../1.jpg' leads out of the archive",
      "'/etc/2.jpg' leads out of the archive",
      "'a/../../3.jpg' leads out of the archive",
      "'x/../4.jpg' is there twice",
    ]);
  });
});

describe("a path of archives", () => {
  it("is one, a range in braces, or a pattern", async () => {
    const names = ["train-08.tar", "train-09.tar", "train-10.tar", "test-1.tar"];
    await mkdir(join(root, "shards", "more"), { recursive: true });
    for (const name of names) await writeFile(join(root, "shards", name), "");
    const named = async (path: string) =>
      (await namedArchives(join(root, "shards", path)))?.map((one) => one.slice(root.length + 8));
    expect(await named("train-08.tar")).toEqual(["train-08.tar"]);
    expect(await named("train-{08..10}.tar")).toEqual(names.slice(0, 3));
    expect(await named("{train-08,test-1}.tar")).toEqual(["train-08.tar", "test-1.tar"]);
    expect(await named("train-*.tar")).toEqual(names.slice(0, 3));
    expect(await named("photos.csv")).toBeUndefined();
    expect(await message(named("train-{07..10}.tar"))).toBe(
      "DIR/shards/train-{07..10}.tar means 4 archives, of which 1 are not there ('train-07.tar'); fetch them, or name those that are there",
    );
    expect(await message(named("train-{0..999999999}.tar"))).toMatch(/means more than 100,000 archives; name fewer$/);
    expect(await message(named("none.tar"))).toMatch(/none\.tar does not exist; give an archive, or a pattern such as/);
  });

  it("is a folder, whose archives are sets by their names", async () => {
    await writeFile(join(root, "shards", "extra.tar"), "");
    const { sets, notes } = await archivesIn(join(root, "shards"));
    expect([sets.train?.length, sets.test?.length, sets.validation]).toEqual([3, 1, undefined]);
    expect(notes[0]).toMatch(/^left out 'extra\.tar', whose names say no set/);
    expect(await message(Promise.resolve().then(() => archivesOf("shards", sets, "validation")))).toBe(
      "shards has no archives of validation (it has test and train); add some, or give archives themselves",
    );
    expect(archivesOf("x", { train: ["a"] }, "test")).toEqual(["a"]);
  });
});
