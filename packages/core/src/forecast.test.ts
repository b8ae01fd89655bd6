import { crossEntropy, sgd, trainingStep } from "@taskhead/autograd";
import { describe, expect, test } from "vitest";
import { backbone, classes, coloured, engine, head } from "../test/tiny-task.js";
import { extractFeatures } from "./features.js";
import { extrapolate, forecast, scoreForecasts, type ForecastOptions, type RolloutPoint } from "./forecast.js";
import { linearHead, withHead } from "./heads/index.js";
import { batches, imageTensor, pick, selected } from "./images.js";
import { epochOrder } from "./random.js";
import { Trainer } from "./trainer.js";
import { withWeights } from "./weights.js";

const options: ForecastOptions = {
  engine,
  backbone,
  head,
  images: coloured(50, 1),
  classes,
  batch: 16,
  epochs: 4,
  learningRate: 0.5,
  seed: 5,
  steps: 6,
  samples: 20,
};

/** Mean ‖z − z_0‖ and ‖mean (z − z_0)‖ over it, after this many steps of fine-tuning, with nothing of the forecast in it. */
async function directly(steps: number) {
  const { images, batch, seed, learningRate } = options;
  const step = trainingStep(withHead(backbone, linearHead(), classes, head), {
    loss: crossEntropy({ logits: "logits" }),
    optimizer: sgd({ momentum: 0.9 }),
    trainable: [...backbone.parameters, ...linearHead().parameters],
  });
  const trainer = await Trainer.create(engine, step);
  const order = [1, 2].flatMap((epoch) => batches(epochOrder(50, seed, "finetune", epoch), batch)).slice(0, steps);
  for (const indices of order) {
    const feeds = { [backbone.inputName]: await imageTensor(engine, backbone, images, indices) };
    await trainer.step(feeds, pick(images.labels, indices), learningRate);
  }
  const weights = trainer.parameters();
  await trainer.release();
  const own = new Map(backbone.parameters.map((name) => [name, weights.get(name)!] as const));
  const measured = selected(images, epochOrder(50, seed, "forecast", 0).slice(0, 20));
  const z0 = await extractFeatures(engine, backbone, measured);
  const z = await extractFeatures(engine, { ...backbone, model: withWeights(backbone.model, own) }, measured);
  const [width, n] = [backbone.width, measured.count];
  const ways = Array.from({ length: n }, (_, i) =>
    Array.from({ length: width }, (_, j) => z[i * width + j]! - z0[i * width + j]!),
  );
  const euclidean = ways.reduce((sum, way) => sum + Math.hypot(...way), 0) / n;
  const common = ways[0]!.map((_, j) => ways.reduce((sum, way) => sum + way[j]!, 0) / n);
  return { euclidean, coherence: Math.hypot(...common) / euclidean };
}

describe("the rollout", () => {
  test("moves the features as the first steps of fine-tuning do, across epochs", async () => {
    const { rollout, coherence } = await forecast(options);
    expect(rollout.map(({ step, time }) => [step, time])).toEqual([
      [0, 0],
      [3, 3],
      [6, 6],
    ]);
    expect(rollout[0]!.euclidean).toBe(0);
    for (const { step, ...point } of rollout.slice(1)) {
      const direct = await directly(step);
      expect(direct.euclidean).toBeGreaterThan(0.01);
      expect(point.euclidean / direct.euclidean).toBeCloseTo(1, 3);
      expect(point.coherence).toBeCloseTo(direct.coherence, 3);
    }
    expect(coherence).toBe(rollout[2]!.coherence);
  });

  test("leaves head and backbone as they were", async () => {
    const weights = () => structuredClone([head, backbone.model.graph.initializers]);
    const before = weights();
    await forecast(options);
    expect(weights()).toEqual(before);
  });

  test("is the same again, and another with another seed", async () => {
    const found = await forecast(options);
    expect(await forecast(options)).toEqual(found);
    expect((await forecast({ ...options, seed: 6 })).euclidean).not.toBe(found.euclidean);
  });

  test("follows the schedule", async () => {
    const warm = await forecast({ ...options, schedule: { kind: "constant", warmup: 6 } });
    // (1 + 2 + 3) / 7, then (4 + 5 + 6) / 7 more.
    expect(warm.rollout.map(({ time }) => time)).toEqual([0, expect.closeTo(6 / 7, 9), expect.closeTo(3, 9)]);
    expect(warm.rollout[2]!.euclidean).toBeLessThan((await forecast(options)).rollout[2]!.euclidean);
  });

  test("is shorter than the run, however short that is", async () => {
    const { rollout } = await forecast({ ...options, epochs: 1 });
    expect(rollout.map(({ step }) => step)).toEqual([0, 1, 2]);
    await expect(forecast({ ...options, epochs: 1, batch: 25 })).rejects.toThrow(/2 steps is too short/);
  });

  test("forecasts nothing for a run that diverges", async () => {
    const { euclidean, coherence, rollout } = await forecast({ ...options, learningRate: 1e30 });
    expect([euclidean, coherence]).toEqual([null, null]);
    expect(rollout.length).toBeLessThan(3);
  });

  test("can be stopped", async () => {
    const stop = new AbortController();
    stop.abort(new Error("stopped"));
    await expect(forecast({ ...options, signal: stop.signal })).rejects.toThrow("stopped");
  });
});

describe("the extrapolation", () => {
  const at = (time: number, euclidean: number, energy: number): RolloutPoint => ({
    step: time,
    time,
    euclidean,
    energy,
    coherence: 1,
  });

  test("is exact where speed and energy decay together", () => {
    const u = (t: number): number => 7 * (1 - Math.exp(-t / 50));
    const rollout = [0, 12, 24].map((t) => at(t, u(t), 0.9 * Math.exp(-t / 50)));
    for (const end of [24, 40, 470, 5000]) expect(extrapolate(rollout, end)).toBeCloseTo(u(end), 9);
  });

  test("goes on at the same speed where energy does not fall", () => {
    expect(extrapolate([at(0, 0, 0.9), at(10, 1, 0.8), at(20, 3, 0.8)], 100)).toBeCloseTo(3 + 2 * 8, 9);
    expect(extrapolate([at(0, 0, 0.9), at(10, 1, 0.8), at(20, 3, 0.9)], 100)).toBeCloseTo(3 + 2 * 8, 9);
  });

  test("goes no further where no energy or no time is left, nor back", () => {
    expect(extrapolate([at(0, 0, 0.9), at(10, 1, 0.8), at(20, 3, 0)], 100)).toBe(3);
    expect(extrapolate([at(0, 0, 0.9), at(10, 1, 0.8), at(20, 3, 0.7)], 20)).toBe(3);
    expect(extrapolate([at(0, 0, 0.9), at(10, 4, 0.8), at(20, 3, 0.7)], 100)).toBe(3);
  });
});

test("a forecast is scored by the ranks of the distances that came, over the runs that ended", () => {
  const run = (energy: number, forecast: number | null, euclidean: number | null) => ({ energy, forecast, euclidean });
  const runs = [run(0.9, 3, 4), run(0.7, 5, 6), run(0.5, 1, 2), run(0.4, null, 9), run(0.3, 8, null)];
  expect(scoreForecasts(runs)).toEqual({ forecast: expect.closeTo(1, 9), energy: expect.closeTo(0.5, 9), runs: 3 });
  expect(scoreForecasts([])).toEqual({ forecast: null, energy: null, runs: 0 });
});
