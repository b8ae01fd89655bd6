import { writeModel, type Model } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { Layers } from "../../test/networks.js";
import { textNetwork, texts } from "../../test/texts.js";
import { upTo, type Samples } from "../data/samples.js";
import { createEngine } from "../engine/create-engine.js";
import { withSession } from "../engine/with-session.js";
import { exportModel } from "../finetune/export.js";
import { finetune } from "../finetune/finetune.js";
import { linearHead, withBlocks } from "../heads/index.js";
import { classification } from "../objectives/classification.js";
import { probeCached } from "../probe/probe-cached.js";
import { openBackbone, onlyInput } from "./backbone.js";
import { extractFeatures } from "./features.js";
import type { Places } from "./padded-cut.js";
import { mergeWeights, splitBackbone } from "./split.js";

const engine = createEngine(ort, { threads: 1 });
const objective = classification(3);
const { bytes, between } = textNetwork();
const backbone = openBackbone(bytes);
const width = 6;

describe.each(["right", "left"] as const)("texts padded on the %s", (padding) => {
  const places: Places = { longest: 11, padding };
  const { lower, blocks } = splitBackbone(backbone, 1, places);
  const [train, validation] = [texts(30, 1, { padding, parts: 4 }), texts(12, 2, { padding, parts: 4 })];

  /** A value of the whole network for one text alone, where nothing is padded. */
  async function alone(model: Model, value: string, samples: Samples, n: number): Promise<Float32Array> {
    const graph = { ...model.graph, outputs: [{ name: value }] };
    const session = await ort.InferenceSession.create(writeModel({ ...model, graph }));
    const outputs = await session.run((await samples.feeds([n])) as Record<string, ort.Tensor>);
    await session.release();
    return outputs[value]!.data as Float32Array;
  }

  it("are kept as what each is at the cut, and zeros up to the longest", async () => {
    const z = await extractFeatures(engine, lower, train, { batch: 7 });
    expect(z.length).toBe(30 * 11 * width);
    for (const n of [0, 3, 17]) {
      const own = await alone(backbone.model, between, train, n);
      const row = z.subarray(n * 11 * width, (n + 1) * 11 * width);
      const from = padding === "left" ? row.length - own.length : 0;
      row.forEach((v, i) => expect(v).toBeCloseTo(own[i - from] ?? 0, 5));
    }
  });

  it("give through the blocks what the whole network gives, in batches of any length", async () => {
    const z = await extractFeatures(engine, lower, train, { batch: 7 });
    const whole = await extractFeatures(engine, backbone, train, { batch: 5 });
    const { name, shape } = onlyInput(blocks);
    const size = 11 * width;
    await withSession(engine, blocks.model, async (session) => {
      for (const chosen of [[0, 1, 2, 3, 4, 5, 6], [9], [4, 20]]) {
        const data = Float32Array.from(chosen.flatMap((n) => [...z.subarray(n * size, (n + 1) * size)]));
        const feeds = { [name]: engine.tensor("float32", data, [chosen.length, ...shape.slice(1).map(Number)]) };
        const found = (await session.run(feeds))["features"]!.data as Float32Array;
        chosen.forEach((n, i) => {
          for (let j = 0; j < width; j++) expect(found[i * width + j]).toBeCloseTo(whole[n * width + j]!, 4);
        });
      }
    });
  });

  it("are probed and fine-tuned with them: the same scores, nothing moves at rate 0, and the export says the same", async () => {
    const cached = async (samples: Samples) => ({
      features: await extractFeatures(engine, lower, samples),
      targets: samples.targets,
    });
    const sets = { train: await cached(train), validation: await cached(validation) };
    const stops = await probeCached({
      engine,
      objective,
      ...sets,
      width,
      epochs: 5,
      batch: 8,
      seed: 3,
      learningRate: 0.2,
      blocks,
    });
    const [first, stop] = [stops[0]!, stops.at(-1)!];
    expect(stop.loss).toBeLessThan(first.loss);
    expect(stop.head.get("second.query.weight")).not.toEqual(first.head.get("second.query.weight"));
    const spread = first.head.get("second.up.weight")!;
    expect(Math.sqrt(spread.reduce((sum, w) => sum + w * w, 0) / spread.length)).toBeCloseTo(0.02, 2);
    expect([...first.head.get("second.norm.weight")!]).toEqual(Array(width).fill(1));
    const architecture = withBlocks(blocks, linearHead());
    const given = { head: stop.head, architecture, epochs: 1, batch: 8, seed: 1 };
    const data = { engine, objective, train, validation };
    const still = await finetune(lower, data, { ...given, learningRate: 0 });
    expect(still.epochs[0]!.validationScore).toBe(stop.validationScore);
    expect(still.epochs[0]!.loss).toBeCloseTo(stop.loss, 4);
    expect(still.adaptation.train.euclidean).toBeLessThan(1e-4);
    expect(still.adaptation.train.norm).toBeCloseTo(stop.featureNorm, 4);

    const run = await finetune(lower, data, { ...given, learningRate: 0.05 });
    expect(run.adaptation.train.euclidean).toBeGreaterThan(1e-3);
    const exported = exportModel(mergeWeights(backbone, stop.head), linearHead(), objective, run.last);
    const logits: number[] = [];
    for (const n of upTo(validation.count)) logits.push(...(await alone(exported, "logits", validation, n)));
    const { value } = objective.score({ logits: Float32Array.from(logits) }, validation.targets);
    expect(value).toBe(run.epochs[0]!.validationScore);
  });
});

it("a bias that all blocks read stays below the cut, and the blocks read it as it is", async () => {
  const biased = openBackbone(textNetwork("texts", { places: true }).bytes);
  const { lower, blocks } = splitBackbone(biased, 1, { longest: 9, padding: "right" });
  expect(lower.parameters).toContain("places.weight");
  expect(blocks.parameters.toSorted()).toEqual(
    biased.parameters.filter((name) => name.startsWith("second.")).toSorted(),
  );
  const samples = texts(5, 1);
  const z = await extractFeatures(engine, lower, samples, { batch: 2 });
  const whole = await extractFeatures(engine, biased, samples);
  await withSession(engine, blocks.model, async (session) => {
    const { features } = await session.run({ [onlyInput(blocks).name]: engine.tensor("float32", z, [5, 9, width]) });
    (features!.data as Float32Array).forEach((v, i) => expect(v).toBeCloseTo(whole[i]!, 5));
  });
});

it("a network without a mask is refused, as its padding could not be told", () => {
  const n = new Layers();
  const ids = n.b.input("ids", "int64", ["batch", "tokens"]);
  const embedded = n.b.op("Gather", [n.weights("words", [9, width], 1), ids]);
  const first = n.b.op("Relu", [n.linear("first", embedded, [width, width])]);
  const second = n.b.op("Tanh", [n.linear("second", first, [width, width])]);
  n.b.setOutputs({ last: second });
  expect(() => splitBackbone(openBackbone(writeModel(n.b.model())), 1)).toThrow(
    /^a block cannot be reinitialised: .*no mask among the inputs.*; use option reinitBlocks 0$/,
  );
  expect(() => splitBackbone(backbone, 2)).toThrow(/^2 blocks cannot be reinitialised: the backbone has 2/);
});
