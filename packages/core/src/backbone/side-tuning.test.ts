import { sgd } from "@taskhead/autograd";
import { expect, test } from "vitest";
import { residualNetwork, stagedNetwork } from "../../test/networks.js";
import { coloured, data, engine, objective } from "../../test/tiny-task.js";
import { openBackbone, type Backbone } from "./backbone.js";
import { exportModel } from "../finetune/export.js";
import { extractFeatures } from "./features.js";
import { finetune } from "../finetune/finetune.js";
import type { FinetuneOptions, FinetuneResult } from "../finetune/options.js";
import { linearHead } from "../heads/index.js";
import { normals, random } from "../data/random.js";
import { runSamples } from "../data/run-samples.js";
import { inSide, sideAlpha, sideTuned } from "./side-tuning.js";
import { withWeights } from "../engine/weights.js";
import { withSession } from "../engine/with-session.js";
import { images } from "../images/modality.js";

const pixels = { mean: [0.5, 0.5, 0.5], std: [0.3, 0.3, 0.3], rescale: 1 / 255 };
const modality = images({ pixels });
const base = openBackbone(stagedNetwork(), { modality });
const other = openBackbone(residualNetwork(), { modality });
const samples = coloured(24, 1);

async function train(backbone: Backbone, options: Partial<FinetuneOptions> = {}): Promise<FinetuneResult> {
  return finetune(backbone, data(samples), {
    head: new Map([
      ["head.weight", normals(3 * backbone.width, 0.5, random(1))],
      ["head.bias", new Float32Array(3)],
    ]),
    epochs: 3,
    batch: 8,
    learningRate: 0.05,
    optimizer: sgd({ momentum: 0 }),
    seed: 1,
    ...options,
  });
}

test("with the base itself as the side, features start as the base's, bit for bit", async () => {
  const joint = sideTuned(base, base);
  expect(await extractFeatures(engine, joint, samples)).toEqual(await extractFeatures(engine, base, samples));
});

test("the blend is α·base(x) + (1 − α)·side(x), with what training made of α and the side", async () => {
  const joint = sideTuned(base, base);
  const run = await train(joint, { learningRate: 0.3, epochs: 6 });
  const alpha = sideAlpha(run.last);
  expect(sideAlpha(new Map([["side.alpha", Float32Array.of(0)]]))).toBe(0.5);
  expect(Math.abs(alpha - 0.5)).toBeGreaterThan(1e-4);
  const trained = new Map(base.parameters.map((name) => [name, run.last.get(inSide(name))!]));
  const side = await extractFeatures(engine, { ...base, model: withWeights(base.model, trained) }, samples);
  const frozen = await extractFeatures(engine, base, samples);
  run.after.train.forEach((z, i) => expect(z).toBeCloseTo(alpha * frozen[i]! + (1 - alpha) * side[i]!, 4));
  expect([...run.last.keys()].filter((name) => !name.startsWith("side.") && !name.startsWith("head."))).toEqual([]);
});

test("one step moves the side as fine-tuning moves the base, times its share 1 − α", async () => {
  const whole = { epochs: 1, batch: 24 };
  const [joint, alone] = [await train(sideTuned(base, base), whole), await train(base, whole)];
  for (const name of base.parameters) {
    const start = base.model.graph.initializers.get(name)!.data as Float32Array;
    const moved = (w: Float32Array): Float32Array => w.map((v, i) => v - start[i]!);
    const [side, direct] = [moved(joint.last.get(inSide(name))!), moved(alone.last.get(name)!)];
    const error = Math.hypot(...side.map((v, i) => v - 0.5 * direct[i]!)) / Math.hypot(...direct);
    expect(error, name).toBeLessThan(0.01);
  }
});

test("a side of another width adds nothing at first, then learns through its map", async () => {
  const joint = sideTuned(base, other);
  expect(other.width).not.toBe(base.width);
  expect(joint.found).toMatch(/learned linear map, since the widths differ/);
  const half = (await extractFeatures(engine, base, samples)).map((z) => z / 2);
  (await extractFeatures(engine, joint, samples)).forEach((z, i) => expect(z).toBeCloseTo(half[i]!, 5));
  const run = await train(joint);
  expect(run.epochs.at(-1)!.loss).toBeLessThan(run.epochs[0]!.loss);
  expect(Math.max(...run.last.get("side.map")!.map(Math.abs))).toBeGreaterThan(1e-3);
});

test("the base is computed once, and the exported model holds both networks", async () => {
  const joint = sideTuned(base, base);
  const run = await train(joint);
  expect(run.frozen).toMatchObject({ ends: [base.featureName], bytes: 4 * 7 * 48, cached: true });
  const exported = exportModel(joint, linearHead(), objective, run.last);
  const outputs = await withSession(engine, exported, (s) => runSamples(s, samples));
  const [w, b] = [run.last.get("head.weight")!, run.last.get("head.bias")!];
  const z = run.after.train.subarray(0, 7);
  for (let c = 0; c < 3; c++)
    expect(outputs["logits"]![c]).toBeCloseTo(b[c]! + z.reduce((sum, v, j) => sum + v * w[7 * c + j]!, 0), 4);
});

test("networks that take different samples are refused", () => {
  expect(() => sideTuned(base, openBackbone(residualNetwork()))).toThrow(/must take the same samples/);
});
