import { buildOn, Float, float32, GraphBuilder, loadModel, writeModel, type Model } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { residualNetwork, stagedNetwork, transformerNetwork } from "../../test/networks.js";
import { coloured, data, engine, objective, pixels } from "../../test/tiny-task.js";
import { onlyInput, openBackbone, type Backbone } from "./backbone.js";
import { exportModel } from "../finetune/export.js";
import { extractFeatures } from "./features.js";
import { finetune } from "../finetune/finetune.js";
import { decomposeStep } from "../explain/decomposition.js";
import { linearHead, withBlocks } from "../heads/index.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import { probeCached } from "../probe/probe-cached.js";
import { random } from "../data/random.js";
import type { Tau } from "../probe/taus.js";
import { upTo, type Samples } from "../data/samples.js";
import { withoutOutputs, type Weights } from "../engine/weights.js";
import { withSession } from "../engine/with-session.js";
import { images } from "../images/modality.js";
import { findBlocks } from "./blocks.js";
import { mergeWeights, splitBackbone } from "./split.js";
import { reinitialise } from "./reinitialise.js";
import { withBatchStatistics } from "./batch-statistics.js";

const modality = images({ pixels });
const open = (bytes: Uint8Array): Backbone => openBackbone(bytes, { modality });

const layersPerBlock = (backbone: Backbone): number[] => findBlocks(backbone).map((block) => block.layers);

describe("blocks", () => {
  it("are the stages between downsamplings of a plain network", () => {
    expect(layersPerBlock(open(stagedNetwork()))).toEqual([2, 2, 1]);
    expect(findBlocks(open(stagedNetwork())).map((b) => b.inputShape)).toEqual([
      [3, 8, 8],
      [6, 4, 4],
      [8, 2, 2],
    ]);
  });

  it("are the residual blocks of a residual network, and its stem", () => {
    expect(layersPerBlock(open(residualNetwork()))).toEqual([1, 2, 2]);
  });

  it("are the layers of a transformer, attention and perceptron together", () => {
    expect(layersPerBlock(open(transformerNetwork()))).toEqual([1, 6, 6]);
  });

  it("share no parameters and hold them all, but for those before the first layer", () => {
    const backbone = open(residualNetwork());
    const parameters = findBlocks(backbone).flatMap((b) => b.parameters);
    expect(parameters.toSorted()).toEqual(backbone.parameters.toSorted());
  });
});

describe("a cut", () => {
  it.each([
    ["staged", stagedNetwork, 2],
    ["residual", residualNetwork, 1],
    ["transformer", transformerNetwork, 1],
  ])("of a %s network leaves two pieces that compute the same", async (_, network, count) => {
    const backbone = open(network());
    const { lower, blocks } = splitBackbone(backbone, count);
    const samples = coloured(6, 1);
    const values = await extractFeatures(engine, lower, samples);
    const { name, shape } = onlyInput(blocks);
    const outputs = await withSession(engine, blocks.model, (session) =>
      session.run({ [name]: engine.tensor("float32", values, [6, ...shape.slice(1).map(Number)]) }),
    );
    const whole = await extractFeatures(engine, backbone, samples);
    whole.forEach((z, i) => expect((outputs["features"]!.data as Float32Array)[i]).toBeCloseTo(z, 4));
    expect([...lower.parameters, ...blocks.parameters].toSorted()).toEqual(backbone.parameters.toSorted());
  });

  it("that would leave nothing of pretraining is refused", () => {
    expect(() => splitBackbone(open(residualNetwork()), 3)).toThrow(
      /the backbone has 3.*use option reinitBlocks 2 or fewer/,
    );
  });
});

describe("a fresh start", () => {
  it("draws weights by their fan-in and sets the rest", () => {
    const { initial, fanIn } = reinitialise(splitBackbone(open(stagedNetwork()), 2).blocks, random(1));
    expect(fanIn.get("2b.weight")).toBe(6 * 9);
    const weights = initial.get("2b.weight")!;
    const variance = weights.reduce((sum, w) => sum + w * w, 0) / weights.length;
    expect(variance).toBeCloseTo(2 / 54, 2);
    for (const name of ["2b.bias", "2b.bn.shift", "2b.bn.mean"])
      expect(new Set(initial.get(name))).toEqual(new Set([0]));
    for (const name of ["2b.bn.scale", "2b.bn.var"]) expect(new Set(initial.get(name))).toEqual(new Set([1]));
    expect(initial.has("1a.weight")).toBe(false);
  });

  it("knows the fan-in of transformers' linear layers", () => {
    const { fanIn } = reinitialise(splitBackbone(open(transformerNetwork()), 1).blocks, random(1));
    expect([fanIn.get("t2.up.weight"), fanIn.get("t2.down.weight")]).toEqual([6, 12]);
  });
});

it("training mode normalises by the batch and tells its mean and variance", async () => {
  const b = new GraphBuilder("norm");
  b.input("x", "float32", ["batch", 2, 3]);
  for (const [name, values] of Object.entries({ scale: [2, 1], shift: [0, 5], mean: [9, 9], variance: [9, 9] }))
    b.initializer(name, float32(values));
  b.setOutputs({
    y: b.op("BatchNormalization", ["x", "scale", "shift", "mean", "variance"], { epsilon: new Float(0) }),
  });
  const x = Float32Array.from({ length: 12 }, (_, i) => Math.sin(3 * i));
  const outputs = await withSession(engine, withBatchStatistics(b.model()), (session) =>
    session.run({ x: engine.tensor("float32", x, [2, 2, 3]) }),
  );
  const channel = (c: number): number[] => [...x].filter((_, i) => Math.floor(i / 3) % 2 === c);
  [0, 1].forEach((c) => {
    const values = channel(c);
    const mean = values.reduce((sum, v) => sum + v / 6, 0);
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2 / 6, 0);
    expect(outputs["batch.mean"]!.data[c]).toBeCloseTo(mean, 5);
    expect(outputs["batch.variance"]!.data[c]).toBeCloseTo(variance, 5);
    const expected = ((x[3 * c]! - mean) / Math.sqrt(variance)) * [2, 1][c]! + [0, 5][c]!;
    expect(outputs["y"]!.data[3 * c]).toBeCloseTo(expected, 4);
  });
});

describe("probing with reinitialised blocks", () => {
  const backbone = open(stagedNetwork());
  const { lower, blocks } = splitBackbone(backbone, 2);
  const [train, validation] = [coloured(60, 1), coloured(30, 2)];

  const fineTuning = (stop: ProbeStop) => ({
    head: stop.head,
    architecture: withBlocks(blocks, linearHead()),
    epochs: 1,
    batch: 16,
    seed: 1,
  });

  /** The exported model, its own names from the file. */
  const exportOf = (stop: ProbeStop, weights: Weights): Model =>
    loadModel(writeModel(exportModel(mergeWeights(backbone, stop.head), linearHead(), objective, weights)));

  /** The value at the cut of a whole model, from a session of the runtime's own. */
  async function atCut(model: Model, samples: Samples): Promise<Float32Array> {
    const cut = onlyInput(blocks).name;
    const builder = buildOn(withoutOutputs(model));
    builder.setOutputs({ cut });
    const session = await ort.InferenceSession.create(writeModel(builder.model()));
    const feeds = (await samples.feeds(upTo(samples.count))) as Record<string, ort.Tensor>;
    const { cut: value } = await session.run(feeds);
    await session.release();
    return value!.data as Float32Array;
  }

  const rowsOf = (z: Float32Array): number[][] =>
    Array.from({ length: z.length / lower.width }, (_, n) => [...z.subarray(n * lower.width, (n + 1) * lower.width)]);
  const meanOf = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

  async function probed(taus: Tau[] = []): Promise<ProbeStop[]> {
    return probeCached({
      engine,
      objective,
      train: { features: await extractFeatures(engine, lower, train), targets: train.targets },
      validation: { features: await extractFeatures(engine, lower, validation), targets: validation.targets },
      width: backbone.width,
      epochs: 6,
      taus,
      batch: 16,
      seed: 3,
      blocks,
    });
  }

  it("trains them with the head, and estimates their statistics anew at every tau", async () => {
    const stops = await probed(["converged"]);
    const [first, last] = [stops[0]!, stops.find((s) => s.tau === 6)!];
    expect(last.loss).toBeLessThan(0.8 * first.loss);
    expect(last.head.get("2a.weight")).not.toEqual(first.head.get("2a.weight"));
    expect(first.head.get("2a.bn.var")).not.toEqual(new Float32Array(6).fill(1));
    expect(last.head.get("2a.bn.mean")).not.toEqual(first.head.get("2a.bn.mean"));
    expect(last.head.has("1a.weight")).toBe(false);
    const converged = stops.at(-1)!;
    expect(converged).toMatchObject({ tau: "converged", convergence: { reason: expect.any(String) } });
    expect(converged.loss).toBeLessThan(last.loss);
    expect(converged.head.get("2a.bn.mean")).toEqual(last.head.get("2a.bn.mean"));
  });

  let first: Promise<ProbeStop[]> | undefined;
  const stopsOnce = (): Promise<ProbeStop[]> => (first ??= probed());

  it("gives the same blocks for the same seed", async () => {
    const [a, b] = [await stopsOnce(), await probed()];
    expect(b.map((s) => s.head)).toEqual(a.map((s) => s.head));
  });

  it("leaves z_0 where it is: the value at the cut, the same at every tau", async () => {
    const stops = await stopsOnce();
    const z0 = await atCut(backbone.model, train);
    const length = meanOf(rowsOf(z0).map((z) => Math.hypot(...z)));
    for (const stop of stops) expect(stop.featureNorm).toBeCloseTo(length, 4);
    const read = stops.map((stop) => stop.headInputNorm);
    expect(new Set(read).size).toBe(stops.length);
    expect(read[0]).not.toBeCloseTo(length, 1);
  });

  it("is what fine-tuning starts from: the same scores, and at rate 0 nothing moves", async () => {
    const stop = (await stopsOnce()).find((s) => s.tau === 4)!;
    const run = await finetune(lower, data(train, validation), { ...fineTuning(stop), learningRate: 0 });
    expect(run.epochs[0]!.validationScore).toBe(stop.validationScore);
    expect(run.epochs[0]!.trainScore).toBeCloseTo(stop.trainScore, 6);
    expect(run.adaptation.train.euclidean).toBeLessThan(1e-4);
    expect(run.adaptation.train.norm).toBeCloseTo(stop.featureNorm, 4);
    expect(run.last.get("1a.weight")).toEqual(backbone.model.graph.initializers.get("1a.weight")!.data);
    expect(run.epochs[0]!.headNorm).toBeCloseTo(Math.hypot(...stop.head.get("head.weight")!), 4);

    const exported = exportOf(stop, run.last);
    for (const name of ["2a.bn.mean", "2a.bn.var", "3.weight"])
      expect(exported.graph.initializers.get(name)!.data).toEqual(stop.head.get(name));
    expect(exported.graph.initializers.get("1a.bn.mean")!.data).toEqual(
      backbone.model.graph.initializers.get("1a.bn.mean")!.data,
    );
  });

  it("measures movement at the cut, as the runtime computes it from the model before and the exported one", async () => {
    const stop = (await stopsOnce()).find((s) => s.tau === 1)!;
    const run = await finetune(lower, data(train, validation), { ...fineTuning(stop), learningRate: 0.02 });
    const [before, after] = [await atCut(backbone.model, train), await atCut(exportOf(stop, run.last), train)];
    run.after.train.forEach((z, i) => expect(z).toBeCloseTo(after[i]!, 4));
    const pairs = rowsOf(before).map((z0, n) => [z0, rowsOf(after)[n]!] as const);
    const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, z, j) => sum + z * b[j]!, 0);
    const moves = pairs.map(([a, b]) => b.map((z, j) => z - a[j]!));
    const distances = moves.map((move) => Math.hypot(...move));
    const meanMove = moves[0]!.map((_, j) => meanOf(moves.map((move) => move[j]!)));
    const expected = {
      euclidean: meanOf(distances),
      cosine: meanOf(pairs.map(([a, b]) => dot(a, b) / Math.hypot(...a) / Math.hypot(...b))),
      dot: meanOf(pairs.map(([a, b]) => dot(a, b))),
      norm: meanOf(pairs.map(([, b]) => Math.hypot(...b))),
      coherence: Math.hypot(...meanMove) / meanOf(distances),
    };
    expect(expected.euclidean).toBeGreaterThan(0.01);
    for (const [name, value] of Object.entries(expected))
      expect(run.adaptation.train[name as keyof typeof expected] / value).toBeCloseTo(1, 3);
  });

  it("moves features there as kernel, direction through the blocks and energy say", async () => {
    const cut = splitBackbone(backbone, 1);
    const architecture = withBlocks(cut.blocks, linearHead());
    const head = architecture.initial(random(4), cut.lower.width, objective.outputs);
    const given = { engine, objective, backbone: cut.lower, architecture, head, batch: coloured(2, 3) };
    const errors: number[] = [];
    for (const learningRate of [0.01, 0.001])
      errors.push((await decomposeStep({ ...given, watched: coloured(1, 4), learningRate })).watched[0]!.error);
    expect(errors[1]).toBeLessThan(0.05);
    expect(errors[1]).toBeLessThan(0.3 * errors[0]!);
  });

  it("estimates statistics that are those of the training set under the weights kept", async () => {
    const stop = (await stopsOnce())[0]!;
    // The first BatchNorm above the cut sees the cached values through one convolution, whatever the batches.
    const builder = buildOn(withoutOutputs(mergeWeights(blocks, stop.head).model));
    const conv = builder.graph.nodes.find((n) => n.opType === "Conv")!.outputs[0]!;
    builder.setOutputs({ conv });
    const values = await extractFeatures(engine, lower, train);
    const outputs = await withSession(engine, builder.model(), (session) =>
      session.run({ [onlyInput(blocks).name]: engine.tensor("float32", values, [60, 6, 4, 4]) }),
    );
    const data = outputs["conv"]!.data as Float32Array;
    const channel = [...data].filter((_, i) => Math.floor(i / 16) % 6 === 2);
    const mean = channel.reduce((sum, v) => sum + v / channel.length, 0);
    const variance = channel.reduce((sum, v) => sum + (v - mean) ** 2 / channel.length, 0);
    expect(stop.head.get("2a.bn.mean")![2]).toBeCloseTo(mean, 5);
    expect(stop.head.get("2a.bn.var")![2]).toBeCloseTo(variance, 4);
  });
});
