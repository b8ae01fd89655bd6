import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine } from "@taskhead/core";
import { plainPreprocessing } from "@taskhead/core/internals";
import * as ort from "onnxruntime-node";
import sharp from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import { scanImageFolder } from "./image-folder.js";
import { fingerprintImages } from "./fingerprint.js";
import { loadSets } from "./load-sets.js";

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "taskhead-sets-"))));
afterEach(() => rm(root, { recursive: true, force: true }));

async function classFolder(name: string, others: Readonly<Record<string, number>>): Promise<void> {
  await mkdir(join(root, name));
  const png = await sharp({ create: { width: 4, height: 4, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  for (let i = 0; i < 3; i++) await writeFile(join(root, name, `${i}.png`), png);
  for (const [extension, count] of Object.entries(others))
    for (let i = 0; i < count; i++) await writeFile(join(root, name, `other-${i}${extension}`), "<svg>");
}

/** The warnings, and what the results say of the training images. */
async function loaded(): Promise<{ warnings: string[]; leftOut: unknown; skipped: number | undefined }> {
  const warnings: string[] = [];
  const source = await scanImageFolder(root);
  const train = { source, path: root, fingerprint: await fingerprintImages(source) };
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
  await classFolder("disc", { ".bmp": 9, ".heic": 8, ".png": 1 });
  await classFolder("ring", {});
  expect(await loaded()).toEqual({
    warnings: [
      "warning: skipped ROOT/disc/other-0.png: it is an SVG, draw it as PNG",
      "warning: 18 files of class disc left out: 9 .bmp, 8 .heic, 1 unreadable .png (to use pictures, save them as .png or .jpg)",
    ],
    leftOut: [{ class: "disc", kinds: { ".bmp": 9, ".heic": 8, "unreadable .png": 1 } }],
    skipped: 1,
  });
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
