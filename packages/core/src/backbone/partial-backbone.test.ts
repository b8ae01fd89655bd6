import { buildOn, Float, float32, GraphBuilder, loadModel, writeModel } from "@taskhead/autograd";
import { describe, expect, it } from "vitest";
import { residualNetwork, stagedNetwork, transformerNetwork } from "../../test/networks.js";
import { coloured, data, engine, objective, pixels } from "../../test/tiny-task.js";
import { onlyInput, openBackbone, type Backbone } from "./backbone.js";
import { exportModel } from "../finetune/export.js";
import { extractFeatures } from "./features.js";
import { finetune } from "../finetune/finetune.js";
import { linearHead } from "../heads/index.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import { probeCached } from "../probe/probe-cached.js";
import { random } from "../data/random.js";
import type { Tau } from "../probe/taus.js";
import { withoutOutputs } from "../engine/weights.js";
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

  it("gives the same blocks for the same seed", async () => {
    const [a, b] = [await probed(), await probed()];
    expect(b.map((s) => s.head)).toEqual(a.map((s) => s.head));
  });

  it("is where fine-tuning starts from, and the export holds all of it", async () => {
    const stop = (await probed()).find((s) => s.tau === 4)!;
    const start = mergeWeights(backbone, stop.head);
    const run = await finetune(start, data(train, validation), {
      head: stop.head,
      epochs: 1,
      batch: 16,
      learningRate: 0,
      seed: 1,
    });
    expect(run.epochs[0]!.validationScore).toBe(stop.validationScore);
    expect(run.epochs[0]!.trainScore).toBeCloseTo(stop.trainScore, 6);
    // z_0 is what the probed blocks make of the cached values, not what the pretrained ones did.
    expect(run.adaptation.train.euclidean).toBeLessThan(1e-4);
    expect(run.adaptation.train.norm).toBeCloseTo(stop.featureNorm, 4);
    expect(run.last.get("1a.weight")).toEqual(backbone.model.graph.initializers.get("1a.weight")!.data);

    const exported = loadModel(writeModel(exportModel(start, linearHead(), objective, run.last)));
    for (const name of ["2a.bn.mean", "2a.bn.var", "3.weight"])
      expect(exported.graph.initializers.get(name)!.data).toEqual(stop.head.get(name));
    expect(exported.graph.initializers.get("1a.bn.mean")!.data).toEqual(
      backbone.model.graph.initializers.get("1a.bn.mean")!.data,
    );
  });

  it("estimates statistics that are those of the training set under the weights kept", async () => {
    const stop = (await probed())[0]!;
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
