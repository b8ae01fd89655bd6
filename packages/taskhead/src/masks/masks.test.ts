import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { drawHalves, onePng } from "../../test/pictures-with-masks.js";
import { maskFoldersIn } from "../files/mask-folders.js";
import { samplesKind } from "../files/samples-kind.js";
import { readClasses } from "./read-classes.js";
import { classColour, hexOf } from "./colours.js";
import { classesOf, resizedMask } from "./mask.js";
import { inflate, readRawMask } from "./read-mask.js";
import { readPng } from "./png.js";
import { maskKind } from "./kind.js";
import { scanMasks } from "./scan-masks.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-masks-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("a mask's PNG", () => {
  test.each([1, 2, 4, 8, 16].flatMap((depth) => [0, 1, 2, 3, 4].map((filter) => [depth, filter] as const)))(
    "of %i bits with filter %i is read as it is stored",
    (depth, filter) => {
      const [width, most] = [13, 2 ** depth];
      const values = Array.from({ length: width * 7 }, (_, i) => (i * i * 31 + 5 * i) % most);
      const grey = readPng(onePng(values, width, { depth, filter }), inflate);
      expect(grey).toMatchObject({ width, height: 7, channels: 1, kind: "grey" });
      if (typeof grey !== "string") expect([...grey.values]).toEqual(values);
      if (depth > 8) return;
      const indexed = readPng(onePng(values, width, { depth, filter, palette: true }), inflate);
      expect(indexed).toMatchObject({ kind: "palette" });
      if (typeof indexed !== "string") expect([...indexed.values]).toEqual(values);
    },
  );

  it("is read as sharp reads colours, transparency left out", async () => {
    const data = Buffer.from(Array.from({ length: 4 * 30 }, (_, i) => (i * 53) % 256));
    const png = readPng(
      await sharp(data, { raw: { width: 6, height: 5, channels: 4 } })
        .png()
        .toBuffer(),
      inflate,
    );
    expect(png).toMatchObject({ channels: 3, kind: "colour" });
    if (typeof png !== "string") expect([...png.values]).toEqual([...data].filter((_, i) => i % 4 < 3));
  });

  it("says what it is instead", async () => {
    const some = onePng([0, 1, 2, 3], 2);
    const blank = { raw: { width: 2, height: 2, channels: 1 as const } };
    const jpeg = await sharp(Buffer.alloc(4), blank).jpeg().toBuffer();
    const interlaced = await sharp(Buffer.alloc(4), blank).png({ progressive: true }).toBuffer();
    expect(readPng(jpeg, inflate)).toMatch(/a JPEG, which does not keep class numbers/);
    expect(readPng(interlaced, inflate)).toMatch(/interlaced/);
    expect(readPng(some.subarray(0, some.length - 25), inflate)).toBe("damaged or cut short; save it again");
    expect(readPng(new Uint8Array(0), inflate)).toBe("the file is empty");
  });
});

describe("a file of classes", () => {
  const read = async (content: unknown) => {
    const file = join(root, "classes-test.json");
    await writeFile(file, JSON.stringify(content));
    return readClasses(file);
  };

  it("is a list of names, names with values, or with colours", async () => {
    expect([...(await read(["sky", "road"])).places]).toEqual([[0, 0], [1, 1]]); // prettier-ignore
    expect(await read({ classes: ["sky", "road"], ignore: 255 })).toMatchObject({
      names: ["sky", "road"],
      ignore: 255,
    });
    expect([...(await read({ sky: 3, road: 7 })).places]).toEqual([[3, 0], [7, 1]]); // prettier-ignore
    const coloured = await read({ classes: { road: "#804080", car: [64, 0, 128] } });
    expect(coloured).toMatchObject({ colours: true, names: ["road", "car"] });
    expect(coloured.places.get(0x400080)).toBe(1);
  });

  test.each([
    [{ sky: 3 }, /names fewer than two classes/],
    [{ sky: 3, road: "#804080" }, /some classes have values and others colours/],
    [{ sky: 3, road: 3 }, /class 'road' has the value of another/],
    [["sky", "sky"], /two classes are called 'sky'/],
    [{ sky: 3, road: "red" }, /class 'road' has "red"/],
    [7, /it holds no classes/],
  ])("%j is refused in a line", async (content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });
});

describe("a folder of images and masks", () => {
  let halves: string;
  beforeAll(async () => {
    halves = join(root, "halves");
    await drawHalves(halves, 4);
  });

  it("is told by its two folders", async () => {
    expect(maskFoldersIn(halves)).toEqual({ images: join(halves, "images"), masks: join(halves, "masks") });
    expect(maskFoldersIn(root)).toBeUndefined();
    expect(samplesKind({ train: halves, backbone: join(root, "model.onnx") })).toBe("masked images");
    // Boxes beside images are no masks.
    const boxes = join(root, "boxes");
    for (const part of ["images", "labels"]) await mkdir(join(boxes, part), { recursive: true });
    await writeFile(join(boxes, "labels", "0.txt"), "0 1 1 1 1");
    expect(samplesKind({ train: boxes, backbone: join(root, "model.onnx") })).toBe("images");
  });

  it("is one of masks where one or both are empty, and is refused in a line", async () => {
    const empty = join(root, "empty");
    for (const part of ["images", "masks"]) await mkdir(join(empty, part), { recursive: true });
    expect(samplesKind({ train: empty, backbone: join(root, "model.onnx") })).toBe("masked images");
    await expect(scanMasks(empty, {})).rejects.toThrow(/empty\/images has no image; put pictures there, and the mask of each under its name in masks\/$/); // prettier-ignore
    await copyFile(join(halves, "images", "0.png"), join(empty, "images", "0.png"));
    await expect(scanMasks(empty, {})).rejects.toThrow(/empty\/masks has no PNG mask; put one there for each picture/);
  });

  it("pairs by name, names classes by their values, and says both", async () => {
    const found = await scanMasks(halves, {});
    expect(found).toMatchObject({ count: 4, outputs: ["0", "3"], ignore: 255 });
    expect(found.files[1]).toEqual({ path: "images/1.png", mask: "masks/1.png" });
    expect(found.notes).toEqual([expect.stringMatching(/no classes.json: its classes are called by their values, '0', '3'; 255 does not count/)]); // prettier-ignore
    const path = join(halves, "masks", "0.png");
    const mask = classesOf(await readRawMask(path), path, found.classes, found.ignore);
    expect(new Set(mask.classes)).toEqual(new Set([-1, 0, 1]));
    expect(mask.classes.filter((c) => c < 0)).toHaveLength(16);
  });

  it("has a line for what has no pair, no class, or no sense", async () => {
    const odd = join(root, "odd");
    await drawHalves(odd, 3);
    await rename(join(odd, "masks", "2.png"), join(odd, "masks", "other.png"));
    const { notes, count } = await scanMasks(odd, {});
    expect(count).toBe(2);
    expect(notes.slice(0, 2)).toEqual([
      expect.stringMatching(/left out 1 of 3 images in .* without a mask: '2.png'/),
      expect.stringMatching(/left out 1 of 3 masks in .* without an image: 'other.png'/),
    ]);
    await writeFile(join(odd, "classes.json"), JSON.stringify({ dark: 0, bright: 1 }));
    const found = await scanMasks(odd, { ignore: 255 });
    const path = join(odd, "masks", "0.png");
    const raw = await readRawMask(path);
    expect(() => classesOf(raw, path, found.classes, 255)).toThrow(/0\.png: it holds the value 3 at x \d+, y 0, which is no class; .*--ignore/); // prettier-ignore
    expect(classesOf(raw, path, found.classes, 255, true).classes).toContain(-1);
    await expect(scanMasks(halves, { like: found })).resolves.toMatchObject({ outputs: ["dark", "bright"] });
    await expect(scanMasks(halves, { known: ["3", "7"] })).resolves.toBeDefined();
    await copyFile(join(odd, "images", "0.png"), join(odd, "masks", "0.png"));
    await rm(join(odd, "classes.json"));
    await expect(scanMasks(odd, {})).rejects.toThrow(/0\.png: it holds colours; give a file of classes and their colours with --palette/); // prettier-ignore
  });

  it("reads colours by a palette", async () => {
    const drawn = join(root, "drawn");
    await drawHalves(drawn, 1);
    const pixels = Buffer.from([128, 64, 128, 64, 0, 128, 0, 0, 0, 128, 64, 128]);
    await sharp(pixels, { raw: { width: 2, height: 2, channels: 3 } })
      .png()
      .toFile(join(drawn, "masks", "0.png"));
    const file = join(root, "palette.json");
    await writeFile(file, JSON.stringify({ road: "#804080", car: "#400080" }));
    const { classes } = await scanMasks(drawn, { palette: file, ignore: 0 });
    const path = join(drawn, "masks", "0.png");
    expect([...classesOf(await readRawMask(path), path, classes, 0).classes]).toEqual([0, 1, -1, 0]);
  });
});

test("masks that are far larger than what the network gets are learnt smaller, and why is said", async () => {
  const size = { width: 24, height: 16 };
  const preprocessing = { resize: "stretch", size, mean: [0, 0, 0], std: [1, 1, 1] };
  const said = async (...sizes: [width: number, height: number][]): Promise<string> => {
    const train = { sizes: sizes.map(([width, height]) => ({ width, height })) };
    const given = { found: { preprocessing, sizeFrom: "--size", normalisationFrom: "--mean", assumed: [] } };
    return (await maskKind.measured!(given as never, { train } as never, {})).told[1]!;
  };
  expect(await said([48, 32])).toBe("masks are learnt at their own size, 48×32");
  expect(await said([96, 64])).toMatch(
    /^masks are learnt at 24×16, .* as their own 96×64 has more than 4 times as many pixels \(from --size 48x32 on they are learnt as they are\); the exported model is scored on the masks themselves$/,
  );
  expect(await said([24, 16], [48, 32])).toMatch(/learnt at 24×16, .*, as they are of several sizes;/);
});

test("a mask is resized by nearest pixels, and its colours differ", () => {
  const mask = { classes: Int32Array.of(0, 1, 2, 3), width: 2, height: 2 };
  expect([...resizedMask(mask, { width: 4, height: 1 })]).toEqual([2, 2, 3, 3]);
  expect(resizedMask(mask, mask)).toBe(mask.classes);
  const colours = Array.from({ length: 150 }, (_, c) => hexOf(classColour(c)));
  expect(new Set(colours).size).toBe(150);
});
