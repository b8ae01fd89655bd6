import { float32, GraphBuilder, loadModel, writeModel, type Model } from "@taskhead/autograd";
import { describe, expect, it, test } from "vitest";
import { segformer, unet } from "../../test/decoders.js";
import { engine } from "../../test/tiny-task.js";
import { openBackbone, type Backbone } from "../backbone/backbone.js";
import { withOwnVectors } from "../backbone/own-vectors.js";
import { reinitialise } from "../backbone/reinitialise.js";
import { splitDecoder } from "../backbone/split-decoder.js";
import type { Feeds } from "../engine/session.js";
import { splitBackbone } from "../backbone/split.js";
import { normals, random } from "../data/random.js";
import type { Targets } from "../data/targets.js";
import { withSession } from "../engine/with-session.js";
import { imagesInMemory, type Images } from "../images/images.js";
import { plainPreprocessing } from "../images/preprocessing.js";
import { segmentation } from "../objectives/segmentation.js";
import { exportedModel } from "../tune/model-folder.js";
import type { Settings } from "../tune/settings/index.js";
import type { CacheSpace } from "../data/cached-values.js";
import { hardMapsKey } from "../tune/hard-maps.js";
import type { Spill } from "../tune/job.js";
import { memoryStore } from "../tune/store/store.js";
import { tune } from "../tune/tune.js";
import { maskedImages } from "./modality.js";

const rng = random(0, "weights");

/** A network under construction: convolutions with their weights, ReLU behind each. */
function network(
  build: (of: Layers, x: string) => string,
  size: readonly (number | string)[] = ["height", "width"],
): Uint8Array {
  const b = new GraphBuilder("net");
  const conv: Layers["conv"] = (x, [from, to], kernel = 3, stride = 1) => {
    const w = b.initializer(
      b.fresh("weight"),
      float32(normals(to * from * kernel ** 2, 0.4, rng), [to, from, kernel, kernel]),
    );
    const pad = (kernel - 1) / 2;
    return b.op("Conv", [x, w], {
      kernel_shape: [kernel, kernel],
      pads: [pad, pad, pad, pad],
      strides: [stride, stride],
    });
  };
  const linear: Layers["linear"] = (x, [from, to]) =>
    b.op("MatMul", [x, b.initializer(b.fresh("fc"), float32(normals(from * to, 0.4, rng), [from, to]))]);
  const x = b.input("image", "float32", ["n", 3, ...size]);
  b.setOutputs({ logits: build({ b, conv, linear, relu: (v) => b.op("Relu", [v]) }, x) });
  return writeModel(b.model());
}

interface Layers {
  b: GraphBuilder;
  conv(x: string, channels: [from: number, to: number], kernel?: number, stride?: number): string;
  linear(x: string, width: [from: number, to: number]): string;
  relu(x: string): string;
}

const open = (bytes: Uint8Array, height = 16, width = 24, features?: string): Backbone =>
  openBackbone(bytes, {
    modality: maskedImages({ preprocessing: plainPreprocessing({ height, width }) }),
    ...(features === undefined ? {} : { features }),
  });

/** Stride 4; a gate of squeeze and excitation, with a pooling of its own, beside the way. */
const classifier = network(({ b, conv, linear, relu }, x) => {
  const first = relu(conv(x, [3, 8], 3, 2));
  const gate = b.op("Sigmoid", [conv(relu(conv(b.op("GlobalAveragePool", [first]), [8, 2], 1)), [2, 8], 1)]);
  const second = b.op("Relu", [conv(b.mul(first, gate), [8, 6], 3, 2)]);
  return b.op("Softmax", [linear(b.op("Flatten", [b.op("GlobalAveragePool", [second])]), [6, 5])]);
});

const convolutional = network(({ b, conv, relu }, x) => {
  const map = relu(conv(x, [3, 6], 3, 2));
  return b.op("Flatten", [b.op("GlobalAveragePool", [relu(conv(map, [6, 5], 1))])]);
});

/** Patches of 8 pixels, a class token before them. */
const transformer = network(
  ({ b, linear }, x) => {
    const w = b.initializer("patch", float32(normals(7 * 192, 0.1, rng), [7, 3, 8, 8]));
    const patches = b.op("Conv", [x, w], { kernel_shape: [8, 8], strides: [8, 8] });
    const tokens = b.transpose(b.op("Reshape", [patches, b.ints([-1, 7, 6])]), [0, 2, 1]);
    // Of the batch's size without asking for it: the class token is a sum of nothing.
    const cls = b.mul(b.reduceSum(tokens, [1], 1), 0);
    const all = b.op("Concat", [cls, tokens], { axis: 1 });
    const mixed = b.add(all, linear(all, [7, 7]));
    return linear(b.op("Gather", [mixed, b.integer(0)], { axis: 1 }), [7, 5]);
  },
  [16, 24],
);

/** An encoder and a decoder, with a way around both; classes at half the picture's size, then resized. */
const encoderDecoder = network(({ b, conv, relu }, x) => {
  const fine = relu(conv(x, [3, 4], 3, 2));
  const coarse = relu(conv(fine, [4, 8], 3, 2));
  const up = b.op("Resize", [coarse, "", b.constant(float32([1, 1, 2, 2]))], {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  });
  const decoded = relu(conv(b.op("Concat", [up, fine], { axis: 1 }), [12, 6]));
  const classes = conv(decoded, [6, 5], 1);
  return b.op("Resize", [classes, "", b.constant(float32([1, 1, 2, 2]))], { mode: "linear" });
});

describe("the map of features", () => {
  test.each([
    [
      "a classifier's, before its global pooling",
      classifier,
      { channels: 6, height: 4, width: 6 },
      /the last map .*6 channels at each of 6×4 places, stride 4\.$/,
    ],
    [
      "what the classes' convolution reads, before the pooling",
      convolutional,
      { channels: 6, height: 8, width: 12 },
      /stride 2/,
    ],
    [
      "a transformer's patch tokens",
      transformer,
      { channels: 7, height: 2, width: 3 },
      /the tokens .* but for the first one.*stride 8/,
    ],
    ["a decoder's last", encoderDecoder, { channels: 6, height: 8, width: 12 }, /stride 2/],
  ])("is %s", (_, bytes, map, found) => {
    const backbone = open(bytes);
    expect(backbone.map).toEqual(map);
    expect(backbone.width).toBe(map.channels * map.height * map.width);
    expect(backbone.places).toEqual({ height: 16, width: 24 });
    expect(backbone.found).toMatch(found);
    expect(backbone.warnings).toEqual([]);
  });

  it("puts patches where they are in the picture", async () => {
    const backbone = open(transformer);
    const pixels = new Uint8Array(2 * 3 * 16 * 24);
    // One bright patch, the second of the lower row.
    for (let c = 0; c < 3; c++)
      for (let y = 8; y < 16; y++) for (let x = 8; x < 16; x++) pixels[(c * 16 + y) * 24 + x] = 200;
    const found = await withSession(engine, backbone.model, (session) =>
      session.run({ pixels: engine.tensor("uint8", pixels, [2, 3, 16, 24]) }),
    );
    const z = found["features"]!.data as Float32Array;
    expect(found["features"]!.dims).toEqual([2, 7, 2, 3]);
    const differing = Array.from({ length: 6 }, (_, p) => Math.abs(z[p]! - z[42 + p]!) > 1e-6);
    expect(differing).toEqual([false, false, false, false, true, false]);
  });

  it("is another value where one is asked for, if that has places", () => {
    const gate = loadModel(classifier).graph.nodes.find((node) => node.opType === "Mul")!.outputs[0]!;
    expect(open(classifier, 16, 24, gate).map).toEqual({ channels: 8, height: 8, width: 12 });
    const flat = loadModel(classifier).graph.nodes.find((node) => node.opType === "Flatten")!.outputs[0]!;
    expect(() => open(classifier, 16, 24, flat)).toThrow(
      /no map of places: features must be \[batch, channels, height, width\]/,
    );
  });

  it("is said to be off where a side is no multiple of the stride", () => {
    const { map, warnings } = open(classifier, 18, 24);
    expect(map).toMatchObject({ height: 5, width: 6 });
    expect(warnings.join()).toMatch(/24x18 are no multiple of the model's stride 4: .*option size 24x(16|20)/);
  });

  it("is missed in a network of vectors", () => {
    const vectors = network(
      ({ b, linear }, x) => linear(linear(b.op("Flatten", [x]), [3 * 16 * 24, 6]), [6, 3]),
      [16, 24],
    );
    expect(() => open(vectors)).toThrow(/no map of places was found/);
  });

  it("is at the cut, where blocks start afresh", () => {
    const { lower, blocks } = splitBackbone(open(classifier), 1);
    expect(lower.map).toEqual({ channels: 8, height: 8, width: 12 });
    expect(blocks.map).toEqual({ channels: 6, height: 4, width: 6 });
  });
});

it("takes a decoder apart from its encoder, and both give what the whole gave", async () => {
  const backbone = open(encoderDecoder);
  const { lower, blocks } = splitDecoder(backbone);
  expect(lower.width).toBe(4 * 8 * 12 + 8 * 4 * 6);
  expect(lower.parameters).toHaveLength(2);
  expect(blocks.parameters).toHaveLength(1);
  const pixels = engine.tensor(
    "uint8",
    Uint8Array.from({ length: 2 * 1152 }, (_, i) => (i * 37) % 256),
    [2, 3, 16, 24],
  );
  const run = (model: Model, feeds: Feeds) =>
    withSession(engine, model, async (session) => (await session.run(feeds))["features"]!);
  const whole = await run(backbone.model, { pixels });
  const z = await run(lower.model, { pixels });
  const again = await run(blocks.model, { [blocks.inputs[0]!.name]: z });
  expect([...(again.data as Float32Array)]).toEqual([...(whole.data as Float32Array)]);
  expect(() => splitDecoder(open(classifier))).toThrow(/no decoder: none of its maps is made larger/);
});

describe.each([
  [
    "a U-Net",
    unet,
    { width: 4 * 384 + 6 * 96 + 8 * 24, fresh: 8, own: ["onnx::Conv_204.2", "onnx::Conv_206.2"], shared: true },
  ],
  ["a SegFormer", segformer, { width: 6 * 6 + 4 * 24, fresh: 6, own: ["onnx::Conv_208.3"], shared: false }],
] as const)("the decoder of %s, as PyTorch exports it", (_, network, { width, fresh, own, shared }) => {
  const whole = withOwnVectors(open(network()));

  it("has biases of its own, and is taken apart from its encoder", async () => {
    const split = (): unknown => splitDecoder(open(network()));
    if (shared) expect(split).toThrow(/'onnx::Conv_20\d' are used by the decoder and below it/);
    else expect(split).not.toThrow();
    const { lower, blocks } = splitDecoder(whole);
    expect(lower.width).toBe(width);
    expect(blocks.parameters).toHaveLength(fresh);
    for (const name of own) expect(blocks.parameters).toContain(name);
    expect([...lower.parameters, ...blocks.parameters].toSorted()).toEqual(whole.parameters.toSorted());
    const image = engine.tensor(
      "uint8",
      Uint8Array.from({ length: 1152 }, (_, i) => (i * 37) % 256),
      [1, 3, 16, 24],
    );
    const feeds = { [whole.inputs[0]!.name]: image };
    const run = (model: Model, given: Feeds) =>
      withSession(engine, model, async (session) => (await session.run(given))["features"]!);
    const z = await run(lower.model, feeds);
    const again = await run(blocks.model, { [blocks.inputs[0]!.name]: z });
    expect([...(again.data as Float32Array)]).toEqual([...((await run(whole.model, feeds)).data as Float32Array)]);
  });

  it("starts afresh by the rules of its layers", () => {
    const { blocks } = splitDecoder(whole);
    const { initial, fanIn } = reinitialise(blocks, random(0));
    expect([...initial.keys()].toSorted()).toEqual(blocks.parameters.toSorted());
    for (const name of own) expect([...initial.get(name)!].every((value) => value === 0)).toBe(true);
    // 8 channels in, and of the 2×2 kernel's places an output meets one.
    if (fanIn.has("up1.weight")) expect(fanIn.get("up1.weight")).toBe(8);
  });
});

/** Pictures of two halves, the brighter one of class 1, a column that does not count; masks as large as the pictures. */
function pictures(count: number, seed: number): Images {
  const own = random(seed, "pictures");
  const [pixels, data] = [new Uint8Array(count * 3 * 384), new Int32Array(count * 384)];
  for (let n = 0; n < count; n++) {
    const edge = own.integer(6, 18);
    for (let i = 0; i < 384; i++) {
      const x = i % 24;
      const bright = x < edge === (n % 2 === 0);
      data[n * 384 + i] = x === 0 ? -1 : Number(bright);
      for (let c = 0; c < 3; c++) pixels[(n * 3 + c) * 384 + i] = own.integer(0, 90) + (bright ? 120 : 0);
    }
  }
  const targets: Targets = { data, shape: [16, 24] };
  return imagesInMemory(pixels, targets, [3, 16, 24]);
}

describe("a whole tuning on maps", () => {
  const modality = maskedImages({ preprocessing: plainPreprocessing({ height: 16, width: 24 }) });
  const sets = {
    train: { source: pictures(24, 1) },
    validation: { source: pictures(8, 2) },
    test: { source: pictures(6, 3) },
  };
  const settings: Partial<Settings> = { task: "segmentation", taus: [0, 4], epochs: 2, batch: 8, lr: 0.02 };

  it("learns, measures movement at places, and exports what it measured", async () => {
    const store = memoryStore();
    const results = await tune({
      engine,
      modality,
      sets,
      outputs: ["dark", "bright"],
      store,
      backbone: { bytes: classifier },
      settings,
    });
    const best = results.best!;
    expect(best.testScore!).toBeGreaterThan(0.75);
    expect(results.probing[0]!.energy!).toBeGreaterThan(results.probing.at(-1)!.energy!);
    expect(results.metric.name).toBe("mIoU");
    expect(best.onTest!.outputs!.map(({ name, measured }) => [name, measured > 500])).toEqual([["dark", true], ["bright", true]]); // prettier-ignore
    // A vector of 6 numbers a place, not one of 144 a picture.
    expect(results.rows[0]!.euclidean!).toBeGreaterThan(0);
    expect(results.featureNorm).toBeLessThan(20);
    expect(best.projection.samples).toHaveLength(8);
    const maps = (await store.read(hardMapsKey("test")))!;
    expect(maps.length).toBe(best.hardest.test.length * 2 * 384);
    // The file itself, on pictures of another size: logits are of theirs.
    const file = (await store.read(exportedModel))!;
    const [wide, tall] = [48, 32];
    const found = await withSession(engine, loadModel(file), (session) =>
      session.run({
        pixel_values: engine.tensor("float32", new Float32Array(3 * wide * tall).fill(100), [1, 3, tall, wide]),
      }),
    );
    expect(found["logits"]!.dims).toEqual([1, 2, tall, wide]);
    const config = JSON.parse(new TextDecoder().decode((await store.read("model/config.json"))!)) as Record<
      string,
      unknown
    >;
    expect(config).toMatchObject({ model_type: "segformer", id2label: { 0: "dark", 1: "bright" } });
    // And the served answers on the test pictures come to the score that is reported.
    const meter = segmentation(2).meter!(sets.test.source.targets);
    await withSession(engine, loadModel(file), async (session) => {
      let done = 0;
      for await (const { count, feeds } of modality.servedBatches(sets.test.source, engine)) {
        const { logits } = await session.run(feeds);
        meter.add(Array.from({ length: count }, (_, i) => done + i), { logits: logits!.data as Float32Array }); // prettier-ignore
        done += count;
      }
    });
    expect(meter.score().value).toBe(best.testScore);
  });

  it.each([
    ["maps", classifier, { taus: [0, "converged:0"], epochs: 1 }],
    ["what a decoder reads", encoderDecoder, { taus: [1], epochs: 1, reinitDecoder: true }],
  ] as const)("comes to the same with %s beyond memory, read again a piece at a time", async (_, bytes, given) => {
    const tuned = (beyond?: { memoryBytes: number; spill?: Spill }) =>
      tune({
        engine,
        modality,
        sets,
        outputs: ["dark", "bright"],
        store: memoryStore(),
        backbone: { bytes },
        settings: { ...settings, ...given, taus: [...given.taus] },
        ...beyond,
      });
    const held: number[] = [];
    /** Rows by themselves: nobody has all numbers in one array. */
    const spill: Spill = async (_key, { rows, width }, fill) => {
      const kept = new Map<number, Float32Array>();
      const space: CacheSpace = {
        length: rows * width,
        set: (row, at) => void kept.set(at / width, row.slice()),
        subarray(from, to) {
          const out = new Float32Array(to - from);
          for (let at = from; at < to; at += width) out.set(kept.get(at / width)!, at - from);
          return out;
        },
      };
      await fill(space);
      held.push(kept.size);
      return space;
    };
    const [inMemory, beyond] = [await tuned(), await tuned({ memoryBytes: 1, spill })];
    expect(held).toEqual([24, 8]);
    const figures = ({ probing, rows, best, featureNorm }: typeof beyond) => ({
      probing,
      featureNorm,
      rows: rows.map(({ seconds: _seconds, ...row }) => row),
      scores: [best!.validationScore, best!.testScore],
      projection: best!.projection,
    });
    expect(figures(beyond)).toEqual(figures(inMemory));
    await expect(tuned({ memoryBytes: 1 })).rejects.toThrow(/the training features .* more than memory/);
  });

  it.each([
    ["a U-Net's", unet, true],
    ["a SegFormer's", segformer, false],
  ] as const)("takes %s decoder into the head or keeps it, and exports both", async (_, bytes, reinitDecoder) => {
    const own: Partial<Settings> = { ...settings, taus: [1], epochs: 1, reinitDecoder };
    const results = await tune({
      engine,
      modality,
      sets,
      outputs: ["dark", "bright"],
      store: memoryStore(),
      backbone: { bytes: bytes() },
      settings: own,
    });
    expect(results.best!.testScore!).toBeGreaterThan(0.2);
    expect(results.backbone.found).toMatch(
      reinitDecoder ? /what the decoder reads, which starts afresh/ : /at each of/,
    );
  });

  it("starts blocks afresh, with a window on them", async () => {
    const own: Partial<Settings> = { ...settings, taus: [1], epochs: 1, reinitBlocks: 1, head: "mlp" };
    const results = await tune({
      engine,
      modality,
      sets,
      outputs: ["dark", "bright"],
      store: memoryStore(),
      backbone: { bytes: classifier },
      settings: own,
    });
    expect(results.best!.validationScore).toBeGreaterThan(0.3);
    expect(results.backbone.width).toBe(8 * 8 * 12);
  });
});
