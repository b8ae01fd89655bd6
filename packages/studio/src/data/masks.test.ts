import { deflateSync } from "node:zlib";
import { describe, expect, it, test } from "vitest";
import { onePng } from "../../../../scripts/one-png.js";
import { whatIsIn } from "./given.js";
import { inflate } from "./inflate.js";
import { masksIn, rawMask } from "./masks.js";
import type { PlacedFile } from "./placed-file.js";

const file = (path: string, content: Uint8Array | string = ""): PlacedFile => ({
  path,
  file: new Blob([content as Uint8Array<ArrayBuffer>]),
});
const half = onePng([0, 3, 3, 255], 2);

describe("pictures with masks", () => {
  it("are paired by name, their classes called by values and counted", async () => {
    const files = [
      file("/d/images/b.jpg"),
      file("/d/images/a.PNG"),
      file("/d/images/alone.png"),
      file("/d/masks/a_mask.png", half),
      file("/d/masks/b.png", onePng([3, 3, 3, 0], 2, { palette: true })),
      file("/d/.x/masks/c.png"),
    ];
    const given = await whatIsIn(files);
    if (!("kind" in given) || given.kind !== "masks") throw new Error("no masks");
    const { pictures, classes, ignore, shares, said, notes } = given.found;
    expect(pictures.map(({ name, maskName, width, height }) => [name, maskName, width, height])).toEqual([
      ["d/images/a.PNG", "d/masks/a_mask.png", 2, 2],
      ["d/images/b.jpg", "d/masks/b.png", 2, 2],
    ]);
    expect([classes.names, ignore]).toEqual([["0", "3"], 255]);
    expect(shares).toEqual([2 / 7, 5 / 7]);
    expect(said).toBe("reads pictures from d/images and the class of each pixel from d/masks");
    expect(notes).toEqual([
      "left out 1 of 3 images in d/images without a mask: 'alone.png'",
      "d has no classes.json: its classes are called by their values, '0', '3'; 255 does not count",
    ]);
  });

  it("have the classes of a file beside them or above, and a value that is none is named", async () => {
    const files = [file("d/train/images/a.png"), file("d/train/masks/a.png", half)];
    const named = file("d/classes.json", '{"classes":{"dark":0,"bright":3},"ignore":255}');
    expect(await masksIn([...files, named])).toMatchObject({
      classes: { names: ["dark", "bright"] },
      shares: [1 / 3, 2 / 3],
    });
    await expect(masksIn([...files, file("d/train/classes.json", '["dark","bright"]')])).rejects.toThrow(
      "d/train/masks/a.png: it holds the value 3 at x 1, y 0, which is no class",
    );
    await expect(masksIn([...files, file("d/classes.json", "[")])).rejects.toThrow("d/classes.json is no JSON");
  });

  it("are those of folders that are called as sets, in the classes of that to train on", async () => {
    const set = (name: string, mask = half): PlacedFile[] => [
      file(`d/${name}/images/a.png`),
      file(`d/${name}/masks/a.png`, mask),
    ];
    const both = (await masksIn([...set("test"), ...set("train"), ...set("other")]))!;
    expect(both.pictures.map(({ name, set: own }) => [name, own])).toEqual([
      ["d/train/images/a.png", "train"],
      ["d/test/images/a.png", "test"],
    ]);
    expect([both.sets, both.shares]).toEqual([{ train: "d/train", test: "d/test" }, [1 / 3, 2 / 3]]);
    const stranger = (await masksIn([...set("train"), ...set("val", onePng([0, 0, 3, 7], 2))]))!;
    expect(stranger.sets).toBeUndefined();
    expect(stranger.notes.at(-1)).toMatch(
      /^d\/val is not used as validation set: d\/val\/masks\/a\.png: it holds the value 7 at x 1, y 1/,
    );
    const named = (name: string, classes: string): PlacedFile => file(`d/${name}/classes.json`, classes);
    const swapped = [named("train", '{"a":0,"b":3}'), named("test", '{"b":0,"a":3}')];
    expect((await masksIn([...set("train"), ...set("test"), ...swapped]))!.notes).toEqual([
      "d/test is not used as test set: the file of classes of d/test has 'b' for 0, and not that of d/train; both need the same classes",
    ]);
    await expect(masksIn([...set("one"), ...set("two")])).rejects.toThrow(
      "several folders of pictures with masks (d/one, d/two)",
    );
    expect(await masksIn([file("d/images/a.png"), file("d/labels/a.txt")])).toBeUndefined();
    await expect(masksIn([file("d/images/a.png"), file("d/masks/b.png")])).rejects.toThrow("call both alike");
  });
});

test("values are those that are stored, in palettes and 16 bits too", async () => {
  const values = Array.from({ length: 35 }, (_, i) => (i * i * 31) % 60_000);
  const sixteen = await rawMask(
    new Blob([onePng(values, 7, { depth: 16, filter: 4 }) as Uint8Array<ArrayBuffer>]),
    "m",
  );
  expect([...sixteen.values]).toEqual(values);
  await expect(rawMask(new Blob([half.subarray(0, 40) as Uint8Array<ArrayBuffer>]), "m.png")).rejects.toThrow(
    "m.png: damaged or cut short; save it again",
  );
});

test("no more is made of compressed bytes than was announced", () => {
  const packed = deflateSync(new Uint8Array(1000).fill(7));
  expect(inflate(packed, 1000)).toEqual(new Uint8Array(1000).fill(7));
  expect(inflate(packed, 1001)).toHaveLength(1000);
  expect(() => inflate(packed, 999)).toThrow("more than 999 bytes");
  expect(() => inflate(packed.subarray(0, 8), 1000)).toThrow();
});
