import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createEngine } from "@taskhead/core";
import { plainPreprocessing } from "@taskhead/core/internals";
import * as ort from "onnxruntime-node";
import sharp from "sharp";
import { Header } from "tar/header";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../files/errors.js";
import { decodeImage, openImage } from "../pixels/decode.js";
import { fingerprintImages } from "../pixels/fingerprint.js";
import type { ImageSource } from "../image-source.js";
import { labelledFor } from "../labelled-for.js";
import { loadSets } from "../load-sets.js";
import { namedImages } from "../named-images.js";
import { offeredImages } from "../offered-sets.js";
import { scanImages, type ScanOptions } from "../scan-images.js";
import { shownImages } from "../shown.js";

let root: string;
/** Pictures of one colour each. */
const drawn: Buffer[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-archives-"));
  for (const r of [0, 40, 80, 120, 160, 200])
    drawn.push(
      await sharp({ create: { width: 4, height: 4, channels: 3, background: { r, g: 9, b: 9 } } })
        .png()
        .toBuffer(),
    );
});
afterAll(() => rm(root, { recursive: true, force: true }));

type Content = string | Buffer;

function tar(files: readonly (readonly [name: string, content: Content])[]): Buffer {
  const blocks = files.flatMap(([path, content]) => {
    const body = Buffer.from(content);
    const block = Buffer.alloc(512);
    new Header({ path, mode: 0o644, size: body.length, type: "File", mtime: new Date(0) }).encode(block);
    return [block, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

async function put(name: string, content: Content): Promise<string> {
  const path = join(root, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, content);
  return path;
}

const scan = (path: string, options: Partial<ScanOptions> = {}) =>
  scanImages(path, { task: "classification", cache: join(root, "cache"), ...options });

const brief = ({ outputs, files }: Pick<ImageSource, "outputs" | "files">) =>
  files.map(({ path, target }) => [path, typeof target === "number" ? outputs[target] : target]);

async function message(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  expect((error as Error).message).not.toContain("\n");
  return (error as Error).message.replaceAll(root, "DIR");
}

describe("images in an archive", () => {
  it("have the class that cls says, by the names of classes.txt, and are read where they lie", async () => {
    const path = await put(
      "named/a.tar",
      tar([
        ["0001.png", drawn[0]!],
        ["0001.cls", "1\n"],
        ["in/0002.png", drawn[1]!],
        ["in/0002.cls", "0"],
        ["0003.cls", "0"],
        ["0004.png", drawn[2]!],
        ["0004.cls", "7"],
        ["0005.png", drawn[2]!],
        ["0005.jpg", drawn[2]!],
        ["../0006.png", drawn[2]!],
      ]),
    );
    await put("named/classes.txt", "cat\ndog\n");
    const source = await scan(path);
    expect(brief(source)).toEqual([
      ["a.tar/0001.png", "dog"],
      ["a.tar/in/0002.png", "cat"],
    ]);
    expect(source.refused).toEqual([
      { row: 3, reason: "'0003' has no picture (.jpg, .png, .webp, .gif, .tiff, .avif), only 'cls'" },
      { row: 4, reason: "'cls' is 7, but there are names for 2 classes" },
      { row: 5, reason: "'0005' has several pictures ('png', 'jpg')" },
      { row: 6, reason: "'../0006.png' leads out of the archive" },
    ]);
    expect(source.said!.replaceAll(root, "DIR")).toBe(
      "reads images from member 'png' and classes from column 'cls' of DIR/named/a.tar; numbers are classes of DIR/named/classes.txt",
    );
    const [first] = source.files;
    const { data } = await decodeImage({ ...first!, path: join(root, "named", first!.path) });
    expect([...data.subarray(0, 3)]).toEqual([0, 9, 9]);
    // What the archive holds is bound by its content: other bytes there are another picture.
    const { contents } = await fingerprintImages(source);
    await writeFile(path, tar([["0001.png", drawn[5]!]]));
    expect(await message(openImage({ ...first!, path: "a.tar/0001.png" }, contents[0]))).toMatch(
      /has changed since this/,
    );
  });

  it("have a field of json as class, list of labels or number, else txt", async () => {
    const json = (i: number, value: object) => [`${i}.json`, JSON.stringify(value)] as const;
    const path = await put(
      "fields.tar",
      tar([
        ["1.png", drawn[0]!],
        json(1, { label: "b", tags: ["x", "y"], age: 3, by: "me" }),
        ["2.png", drawn[1]!],
        json(2, { label: "a", tags: [], age: null, by: "you" }),
        ["3.png", drawn[2]!],
        ["3.json", "{"],
        ["3.txt", "a caption"],
      ]),
    );
    expect(brief(await scan(path))).toEqual([
      ["fields.tar/1.png", "b"],
      ["fields.tar/2.png", "a"],
    ]);
    expect((await scan(path)).refused).toEqual([{ row: 3, reason: "'3.json' is no JSON object" }]);
    expect((await scan(path, { label: "by" })).outputs).toEqual(["me", "you"]);
    const labels = await scan(path, { task: "multi-label" });
    expect([labels.outputs, labels.files.map(({ target }) => target)]).toEqual([
      ["x", "y"],
      [
        [1, 1],
        [0, 0],
      ],
    ]);
    expect((await scan(path, { group: "by" })).recorded).toEqual(
      new Map([
        ["fields.tar/1.png", "me"],
        ["fields.tar/2.png", "you"],
      ]),
    );
    expect((await scan(path, { group: "folder" })).recorded).toBeUndefined();
    expect(await message(scan(path, { group: "who" }))).toMatch(
      /fields\.tar has no column 'who' \(it has 'label', 'tags', 'age', 'by'\); add it, or name another with --group$/,
    );
    const numbers = await scan(path, { task: "regression" });
    expect([numbers.outputs, numbers.files.map(({ target }) => target)]).toEqual([["age"], [[3], [NaN]]]);
    expect(await message(scan(path, { label: "gone" }))).toMatch(
      /has no column 'gone' \(it has 'txt', 'label', 'tags', 'age/,
    );
    const texts = await put(
      "texts.tar",
      tar([
        ["1.png", drawn[0]!],
        ["1.txt", "a"],
        ["2.png", drawn[1]!],
        ["2.txt", "b"],
      ]),
    );
    expect((await scan(texts)).outputs).toEqual(["a", "b"]);
    expect(await message(scan(texts, { group: "by" }))).toMatch(/has no column 'by' \(it has none\)/);
    const none = await put("folders.tar", tar([["cat/1.png", drawn[0]!]]));
    expect(await message(scan(none))).toMatch(
      /has no cls, json or txt beside its pictures, .* or unpack it where folders/,
    );
    expect(await message(scan(await put("empty.tar", tar([]))))).toMatch(/empty\.tar is empty; give an archive of/);
  });

  it("are sets of shards in a folder, train, test and whatever has no other", async () => {
    const shard = (from: number) =>
      tar(
        [0, 1, 2].flatMap((i) => [
          [`${from + i}.png`, drawn[from + i]!] as const,
          [`${from + i}.cls`, String(i % 2)] as const,
        ]),
      );
    await put("shards/train-0.tar", shard(0));
    await put("shards/train-1.tar.gz", gzipSync(shard(3)));
    await put(
      "shards/test.tar",
      tar([
        ["9.png", drawn[5]!],
        ["9.cls", "1"],
      ]),
    );
    await put("shards/classes.json", '{"off": 0, "on": 1}');
    const folder = join(root, "shards");
    const train = await scan(folder);
    expect(brief(train)).toEqual([
      ["train-0.tar/0.png", "off"],
      ["train-0.tar/1.png", "on"],
      ["train-0.tar/2.png", "off"],
      ["train-1.tar.gz/3.png", "off"],
      ["train-1.tar.gz/4.png", "on"],
      ["train-1.tar.gz/5.png", "off"],
    ]);
    const { test, said } = await offeredImages(folder, ["validation", "test"], {
      task: "classification",
      like: train,
      cache: join(root, "cache"),
    });
    expect(brief(test!)).toEqual([["test.tar/9.png", "on"]]);
    expect(said).toHaveLength(1);
    const { source } = await labelledFor({ objective: "classification", outputs: ["on", "off"] }, folder, {});
    expect(source.files.map(({ path, target }) => [path, target])).toEqual([["test.tar/9.png", 0]]);
    expect(brief(await scan(join(folder, "train-{0..0}.tar")))).toHaveLength(3);

    // As any images they are loaded, split, called by name, and shown.
    const found = async (of: ImageSource) => ({
      source: of,
      path: folder,
      outputs: of.outputs,
      count: of.files.length,
      fingerprint: await fingerprintImages(of),
    });
    const sets = await loadSets(
      createEngine(ort),
      { train: await found(train), validation: null, test: await found(test!), ood: [] },
      { preprocessing: plainPreprocessing(4), valFraction: 0.4, seed: 0, memoryBudget: 1e6, cacheDir: root },
    );
    await sets.close();
    const names = [...sets.train.content!.names, ...sets.validation.content!.names].map((one) =>
      one.replaceAll("\\", "/"),
    );
    expect(names.map((one) => one.slice(one.indexOf("shards/"))).sort()).toEqual(
      train.files.map(({ path }) => `shards/${path}`),
    );
    // The same picture under another name is the same.
    const all = [...sets.train.content!.keys, ...sets.validation.content!.keys];
    expect(all).toContain(sets.test!.content!.keys[0]);
    const [shown] = await shownImages(sets.test!.source.files, folder);
    expect([shown!.name, shown!.thumbnail?.slice(0, 15)]).toEqual(["test.tar/9.png", "data:image/jpeg"]);
    expect((await shownImages(sets.test!.source.files, join(root, "elsewhere")))[0]!.name).toBe("test.tar/9.png");
  });

  it("are all pictures where a model is to answer them, whatever lies beside", async () => {
    const path = await put(
      "mixed.tar",
      tar([
        ["1.png", drawn[0]!],
        ["1.seg.png", drawn[1]!],
        ["../2.png", drawn[1]!],
        ["x.txt", ""],
      ]),
    );
    const { files, unusable } = await namedImages([path, await put("broken.tar", "no tar")]);
    expect(files.map((file) => file.path.replaceAll(root, "DIR"))).toEqual([
      "DIR/mixed.tar/1.png",
      "DIR/mixed.tar/1.seg.png",
    ]);
    expect(unusable[0]!.reason).toMatch(/broken\.tar is damaged at byte 0|broken\.tar is no tar archive/);
    await put("some/1.png", drawn[0]!);
    const table = await put("some/t.csv", "path\n1.png\n9.png\n");
    const named = await namedImages([table]);
    expect(named.files.map(({ path: one }) => one)).toEqual([join(root, "some/1.png")]);
    expect(named.unusable).toEqual([{ name: `${table}:3`, reason: "there is no file '9.png'" }]);
  });
});
