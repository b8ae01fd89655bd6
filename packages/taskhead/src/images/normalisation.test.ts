import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { float32, GraphBuilder, writeModel } from "@taskhead/autograd";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { optionsFrom } from "../options/options.js";
import { probeFolder, type Found } from "../run/tune.js";
import type { FoundPreprocessing } from "./processor/preprocessing-of.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-normalisation-"));
  for (const [kind, base] of [
    ["bright", 190],
    ["dark", 40],
  ] as const) {
    await mkdir(join(root, "data", kind), { recursive: true });
    for (let i = 0; i < 10; i++) {
      const background = { r: base + 4 * i, g: base, b: base + (i % 3) };
      await sharp({ create: { width: 8, height: 8, channels: 3, background } })
        .png()
        .toFile(join(root, "data", kind, `${i}.png`));
    }
  }
  await writeFile(join(root, "raw.onnx"), onBytes());
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** relu(x − 100), averaged: blind to anything but bytes. */
function onBytes(): Uint8Array {
  const b = new GraphBuilder("on bytes");
  const x = b.input("image", "float32", ["batch", 3, 8, 8]);
  const eye = b.initializer("w", float32([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3, 1, 1]));
  const seen = b.op("Relu", [b.op("Conv", [x, eye, b.initializer("b", float32([-100, -100, -100]))])]);
  const pooled = b.op("Flatten", [b.op("GlobalAveragePool", [seen])], { axis: 1 });
  b.setOutputs({ y: b.op("Gemm", [pooled, b.initializer("fc", float32(new Float32Array(6), [3, 2]))]) });
  return writeModel(b.model());
}

const said: string[] = [];

function probe(given: { cache: string; out: string }): Promise<Found> {
  const fixed = {
    train: join(root, "data"),
    backbone: join(root, "raw.onnx"),
    mean: "auto",

    threads: 1,
  } as const;
  const options = optionsFrom({ ...fixed, cache: join(root, given.cache), out: join(root, given.out) });
  const onProgress = (event: { kind: string; text?: string }): void => void (event.text && said.push(event.text));
  return probeFolder({ ...options, probeEpochs: 1, taus: [1] }, { onProgress, commandLine: "probe" });
}

describe("--mean auto", () => {
  it("measures the usual normalisations, takes what fits, says so, and finds the same again", async () => {
    const found = await probe({ cache: "cache", out: "run" });
    const { preprocessing, tried, assumed, normalisationFrom } = found.reading["preprocessing"] as FoundPreprocessing;
    expect(assumed).toEqual([]);
    const byName = Object.fromEntries(tried!.map(({ name, score }) => [name, score]));
    expect(byName["0..255 as it is"]).toBe(1);
    expect(byName["ImageNet's"]).toBeLessThan(0.7);
    expect(preprocessing).toMatchObject({ rescale: 1 / 255, mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] });
    expect(normalisationFrom).toMatch(/^--mean auto: 0\.\.255 as it is; measured on 20 training images: ImageNet's /);
    expect(said.filter((line) => line.startsWith("images are resized"))).toEqual([
      expect.stringContaining(normalisationFrom),
    ]);
    expect(found.results.options).toMatchObject({
      headInit: "torch",
      std: preprocessing.std.join(),
      normalisationFrom,
    });
    // From the cache, into the same run folder; and from nothing.
    expect((await probe({ cache: "cache", out: "run" })).reading).toEqual(found.reading);
    expect((await probe({ cache: "empty", out: "run" })).reading).toEqual(found.reading);
  });

  it("leaves no room for --std", () => {
    const given = { train: ".", backbone: "m.onnx", out: "r", mean: "auto", std: [1, 1, 1] } as const;
    expect(() => optionsFrom(given)).toThrow("mean auto finds std too");
  });
});
