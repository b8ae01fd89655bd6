import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine } from "@taskhead/core";
import { plainPreprocessing } from "@taskhead/core/internals";
import * as ort from "onnxruntime-node";
import sharp, { type Sharp } from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import { scanImageFolder } from "./folders/image-folder.js";
import { fingerprintImages } from "./pixels/fingerprint.js";
import { loadSets } from "./load-sets.js";

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "taskhead-sets-"))));
afterEach(() => rm(root, { recursive: true, force: true }));

function plain(r: number, i: number): Sharp {
  return sharp({ create: { width: 4, height: 4, channels: 3, background: { r, g: 40 * i, b: 0 } } });
}

async function classFolder(name: string, others: Readonly<Record<string, number>>): Promise<void> {
  await mkdir(join(root, name));
  // No two alike: copies stay on one side of the split.
  for (let i = 0; i < 3; i++)
    await writeFile(join(root, name, `${i}.png`), await plain(name.charCodeAt(0), i).png().toBuffer());
  for (const [extension, count] of Object.entries(others))
    for (let i = 0; i < count; i++) await writeFile(join(root, name, `other-${i}${extension}`), "<svg>");
}

/** The warnings, and what the results say of the training images. */
async function loaded(): Promise<{ warnings: string[]; leftOut: unknown; skipped: number | undefined }> {
  const warnings: string[] = [];
  const source = await scanImageFolder(root);
  const fingerprint = await fingerprintImages(source);
  const train = { source, path: root, outputs: source.outputs, count: source.files.length, fingerprint };
  const sets = await loadSets(
    createEngine(ort),
    { train, validation: null, test: null, ood: [] },
    {
      preprocessing: plainPreprocessing(4),
      valFraction: 0.4,
      seed: 0,
      memoryBudget: 1e6,
      cacheDir: root,
      onProgress: (event) => void (event.kind === "message" && warnings.push(event.text.replaceAll(root, "ROOT"))),
    },
  );
  await sets.close();
  return { warnings, leftOut: sets.train.summary?.leftOut, skipped: sets.train.summary?.skipped };
}

it("says in a line for each class what was left out of its folder", async () => {
  await classFolder("disc", { ".bmp": 9, ".psd": 8, ".png": 1 });
  await classFolder("ring", {});
  expect(await loaded()).toEqual({
    warnings: [
      "warning: skipped ROOT/disc/other-0.png: it is an SVG, draw it as PNG",
      "warning: 18 files of class disc left out: 9 .bmp, 8 .psd, 1 unreadable .png (to use pictures, save them as .png or .jpg)",
    ],
    leftOut: [{ class: "disc", kinds: { ".bmp": 9, ".psd": 8, "unreadable .png": 1 } }],
    skipped: 1,
  });
});

it("reads AVIF, and says once of how many HEIC pictures sharp has no decoder, whatever they are called", async () => {
  await classFolder("disc", {});
  await classFolder("ring", {});
  await plain(9, 9)
    .avif()
    .toFile(join(root, "disc", "own.avif"));
  const heic = Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1");
  for (const name of ["1.heic", "2.HEIC", "3.heif", "4.jpg", "5.hif", "6.heic", "7.heic"])
    await writeFile(join(root, "ring", name), heic);
  const { warnings, skipped } = await loaded();
  expect(skipped).toBe(7);
  expect(warnings[0]).toMatch(
    /^warning: skipped 7 HEIC pictures, such as ROOT\/ring\/\d\.\w+: it is HEIC, which the sharp installed here does not decode, .* heif-convert, .* sips -s format jpeg, or install a sharp built with libheif and HEVC$/,
  );
  expect(warnings.slice(1)).toEqual([
    expect.stringMatching(/^warning: 7 files of class ring left out: .*unreadable \.heic/),
  ]);
});

it("tells the first of many that cannot be decoded, and counts the rest", async () => {
  await classFolder("disc", { ".jpg": 7 });
  await classFolder("ring", {});
  const { warnings, skipped } = await loaded();
  expect(skipped).toBe(7);
  expect(warnings).toHaveLength(7);
  expect(warnings.slice(5)).toEqual([
    "warning: skipped 2 more of ROOT",
    "warning: 7 files of class disc left out: 7 unreadable .jpg (to use pictures, save them as .png or .jpg)",
  ]);
});

it("keeps a copy under another name, in another format and with other metadata on the side of its original", async () => {
  await classFolder("disc", {});
  await classFolder("ring", {});
  const copy = (name: string, image: Sharp) => image.toFile(join(root, "disc", name));
  await copy("copy.webp", plain(100, 0).webp({ lossless: true }));
  await copy(
    "copy.png",
    plain(100, 0)
      .withExif({ IFD0: { Copyright: "someone" } })
      .png(),
  );
  for (let seed = 0; seed < 4; seed++) {
    const { content, side } = await loadedContent(seed);
    expect(content.filter(({ length }) => length === 3)).toEqual([["disc/0.png", "disc/copy.png", "disc/copy.webp"]]);
    expect(side("disc/copy.webp")).toBe(side("disc/0.png"));
    expect(side("disc/copy.png")).toBe(side("disc/0.png"));
  }
});

/** Which files are the same, and which set each is in. */
async function loadedContent(seed: number) {
  const source = await scanImageFolder(root);
  const found = {
    train: {
      source,
      path: root,
      outputs: source.outputs,
      count: source.files.length,
      fingerprint: await fingerprintImages(source),
    },
    validation: null,
    test: null,
    ood: [],
  };
  const sets = await loadSets(createEngine(ort), found, {
    preprocessing: plainPreprocessing(4),
    valFraction: 0.4,
    seed,
    memoryBudget: 1e6,
    cacheDir: root,
  });
  await sets.close();
  const named = (name: string): string => name.slice(root.length + 1).replaceAll("\\", "/");
  const groups = new Map<string, string[]>();
  const sides = new Map<string, string>();
  for (const side of ["train", "validation"] as const) {
    const { keys, names } = sets[side].content!;
    keys.forEach((key, n) => {
      groups.set(key, [...(groups.get(key) ?? []), named(names[n]!)]);
      sides.set(named(names[n]!), side);
    });
  }
  return { content: [...groups.values()].map((group) => group.toSorted()), side: (name: string) => sides.get(name) };
}
