import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createEngine, numberTargets } from "@taskhead/core";
import { createResizer, plainPreprocessing, type ResizeImage } from "@taskhead/core/internals";
import * as ort from "onnxruntime-node";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../files/errors.js";
import { ahead } from "./image-files.js";
import { scanImageFolder } from "./folders/image-folder.js";
import type { ImageSource } from "./image-source.js";
import { loadImages, type LoadImagesOptions } from "./load-images.js";

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "taskhead-load-"))));
afterEach(() => rm(root, { recursive: true, force: true }));

/** A 1×1 "resize": the image's first pixel. */
const firstPixel: ResizeImage = async (rgb) => rgb.slice(0, 3);

async function draw(path: string, red: number): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await sharp({ create: { width: 4, height: 3, channels: 3, background: { r: red, g: 0, b: 9 } } }).toFile(
    join(root, path),
  );
}

const toFirstPixel = (options: Partial<LoadImagesOptions> = {}): LoadImagesOptions => ({
  resize: firstPixel,
  size: { height: 1, width: 1 },
  memoryBudget: 1e6,
  cacheDir: root,
  ...options,
});

const load = async (options: Partial<LoadImagesOptions> = {}) =>
  loadImages(await scanImageFolder(root), toFirstPixel(options));

const numbers = {
  labels: "labels.csv",
  columns: ["x", "y"],
  task: "regression" as const,
  outputs: ["x", "y"],
  refused: [],
  notes: [],
};

describe("loading a folder", () => {
  it("keeps the order of files, whichever is done first", async () => {
    for (let i = 0; i < 10; i++) await draw(`${i < 6 ? "a" : "b"}/${i}.png`, 10 * i);
    let first = true;
    const resize: ResizeImage = async (rgb) => {
      const slow = first;
      first = false;
      if (slow) await new Promise((done) => setTimeout(done, 50));
      return rgb.slice(0, 3);
    };
    const progress: number[] = [];
    const { images, targets, files, skipped } = await load({
      resize,
      concurrency: 4,
      onProgress: (done, total) => progress.push(done, total),
    });
    const out = new Uint8Array(30);
    await images.gather([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], out);
    expect([...out]).toEqual(Array.from({ length: 10 }, (_, i) => [10 * i, 0, 9]).flat());
    expect([...targets.data]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect(files[9]).toBe("b/9.png");
    expect(skipped).toEqual([]);
    expect(progress).toEqual(Array.from({ length: 10 }, (_, i) => [i + 1, 10]).flat());
    await images.close();
  });

  it("keeps images as they were decoded while there is room, and takes them for the files", async () => {
    for (const red of [1, 2, 3]) await draw(`a/${red}.png`, red);
    await draw("b/4.png", 4);
    const room = { bytes: 2 * 36 + 35 };
    const { decoded, images } = await load({ concurrency: 1, room });
    await images.close();
    expect([...decoded.keys()]).toEqual([0, 1]);
    expect(room.bytes).toBe(35);
    expect(decoded.get(1)).toMatchObject({ width: 4, height: 3 });
    // Gone, the files are not asked for; one that is not kept is.
    await rm(join(root, "a"), { recursive: true });
    const files = [1, 2, 3].map((red) => ({ path: join(root, `a/${red}.png`) }));
    const reds: number[] = [];
    const each = ahead(files, (image) => image, { decoded: [0, 1, 2].map((i) => decoded.get(i)) });
    await expect(
      (async () => {
        for await (const { data } of each) reds.push(data[0]!);
      })(),
    ).rejects.toThrow("3.png cannot be decoded (there is no such file)");
    expect(reds).toEqual([1, 2]);
  });

  it("leaves out what cannot be decoded, with labels still right, and says why", async () => {
    for (const [path, red] of [
      ["a/0.png", 1],
      ["a/2.png", 2],
      ["b/1.png", 3],
    ] as const)
      await draw(path, red);
    await writeFile(join(root, "a/1.jpg"), "not an image");
    const reported: string[] = [];
    const { images, targets, files, skipped } = await load({ onSkip: (file) => reported.push(file) });
    expect(files).toEqual(["a/0.png", "a/2.png", "b/1.png"]);
    expect([...targets.data]).toEqual([0, 0, 1]);
    expect(images.count).toBe(3);
    const out = new Uint8Array(9);
    await images.gather([0, 1, 2], out);
    expect([out[0], out[3], out[6]]).toEqual([1, 2, 3]);
    expect(reported).toEqual(["a/1.jpg"]);
    expect(skipped).toEqual([{ file: "a/1.jpg", reason: expect.stringMatching(/\w/) as unknown }]);
  });

  it("ends when a class has no image left", async () => {
    await draw("a/0.png", 1);
    await mkdir(join(root, "b"));
    await writeFile(join(root, "b/1.png"), "");
    await expect(load()).rejects.toThrow(UserError);
    await expect(load()).rejects.toThrow(/no image of class 'b' .*b\/1\.png/);
  });

  it("keeps the numbers of the images that are left", async () => {
    for (const i of [0, 2, 3]) await draw(`${i}.png`, i);
    await writeFile(join(root, "1.png"), "not an image");
    const files = [0, 1, 2, 3].map((i) => ({ path: `${i}.png`, target: [i, i === 2 ? NaN : 10 * i] }));
    const source: ImageSource = { ...numbers, root, files };
    const { targets, outputs, skipped } = await loadImages(source, toFirstPixel());
    expect(targets).toEqual(
      numberTargets([
        [0, 0],
        [2, NaN],
        [3, 30],
      ]),
    );
    expect(outputs).toEqual(["x", "y"]);
    expect(skipped).toMatchObject([{ file: "1.png" }]);
  });

  it("ends when no image at all is left", async () => {
    await writeFile(join(root, "1.png"), "not an image");
    const source: ImageSource = { ...numbers, root, files: [{ path: "1.png", target: [1, 2] }] };
    await expect(loadImages(source, toFirstPixel())).rejects.toThrow(/^no image in .* \(1\.png: .*remove their rows$/);
  });

  it("stops when aborted, and passes on errors that are not the image's", async () => {
    for (let i = 0; i < 20; i++) await draw(`${i % 2}/${i}.png`, i);
    const controller = new AbortController();
    let done = 0;
    const loading = load({
      concurrency: 2,
      signal: controller.signal,
      memoryBudget: 0,
      onProgress: (n) => {
        done = n;
        if (n === 3) controller.abort(new Error("stop"));
      },
    });
    await expect(loading).rejects.toThrow("stop");
    expect(done).toBeLessThan(6);
    await expect(load({ resize: () => Promise.reject(new Error("no memory")) })).rejects.toThrow("no memory");
  });
});

const cifar = fileURLToPath(new URL("../../../../../shared/data/cifar10/test", import.meta.url));

describe.skipIf(!existsSync(cifar))("CIFAR-10 at 64 pixels", () => {
  it("has the bytes that Pillow gives", async () => {
    const resize = await createResizer(createEngine(ort), plainPreprocessing(64));
    const { images } = await loadImages(await scanImageFolder(cifar), {
      resize,
      size: { height: 64, width: 64 },
      memoryBudget: 1e9,
      cacheDir: root,
    });
    const hash = createHash("sha256");
    const out = new Uint8Array(images.imageBytes);
    for (let i = 0; i < images.count; i++) {
      await images.gather([i], out);
      hash.update(out);
    }
    // Pillow 11.3: resize((64, 64), BILINEAR) of all 2,000 images, channels first.
    expect(hash.digest("hex")).toBe("40e4fc07541f6acaf182f238630f8a953a711b9f68d71ef3b321e832bff15227");
  });
});
