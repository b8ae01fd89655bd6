import { crossEntropy, sgd, trainingStep } from "@taskhead/autograd";
import { describe, expect, test } from "vitest";
import { backbone, classes, coloured, data as task, engine, head } from "../../test/tiny-task.js";
import { extractFeatures } from "../backbone/features.js";
import { extrapolate, forecast, scoreForecasts, type ForecastOptions, type RolloutPoint } from "./forecast.js";
import { linearHead, withHead } from "../heads/index.js";
import { inOrder, selected } from "../data/samples.js";
import { pickTargets, targetTensor } from "../data/targets.js";
import { epochOrder } from "../data/random.js";
import { Trainer } from "../engine/trainer.js";
import { withWeights } from "../engine/weights.js";

const data = task(coloured(50, 1));
const options: ForecastOptions = {
  head,
  batch: 16,
  epochs: 4,
  learningRate: 0.5,
  seed: 5,
  steps: 8,
  samples: 20,
};

/** Mean ‖z − z_0‖ and ‖mean (z − z_0)‖ over it, after this many steps of fine-tuning, with nothing of the forecast in it. */
async function directly(steps: number) {
  const { batch, seed, learningRate } = options;
  const step = trainingStep(withHead(backbone, linearHead(), classes, head), {
    loss: crossEntropy({ logits: "logits" }),
    optimizer: sgd({ momentum: 0.9 }),
    trainable: [...backbone.parameters, ...linearHead().parameters],
  });
  const trainer = await Trainer.create(engine, step);
  const order = [1, 2].flatMap((epoch) => inOrder(epochOrder(50, seed, "finetune", epoch), batch)).slice(0, steps);
  for (const indices of order) {
    const target = targetTensor(engine, pickTargets(data.train.targets, indices));
    await trainer.step({ ...(await data.train.feeds(indices)), target }, learningRate);
  }
  const weights = await trainer.parameters();
  await trainer.release();
  const own = new Map(backbone.parameters.map((name) => [name, weights.get(name)!] as const));
  const measured = selected(data.train, epochOrder(50, seed, "forecast", 0).slice(0, 20));
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
    const { rollout, coherence } = await forecast(backbone, data, options);
    expect(rollout.map(({ step }) => step)).toEqual([0, 2, 4, 6, 8]);
    expect(rollout.map(({ time }) => time)).toEqual([0, 2, 4, 6, 8]);
    expect(rollout[0]!.euclidean).toBe(0);
    for (const { step, ...point } of rollout.slice(1)) {
      const direct = await directly(step);
      expect(direct.euclidean).toBeGreaterThan(0.01);
      expect(point.euclidean / direct.euclidean).toBeCloseTo(1, 3);
      expect(point.coherence).toBeCloseTo(direct.coherence, 3);
    }
    expect(coherence).toBe(rollout[4]!.coherence);
  });

  test("leaves head and backbone as they were", async () => {
    const weights = () => structuredClone([head, backbone.model.graph.initializers]);
    const before = weights();
    await forecast(backbone, data, options);
    expect(weights()).toEqual(before);
  });

  test("is the same again, and another with another seed", async () => {
    const found = await forecast(backbone, data, options);
    expect(await forecast(backbone, data, options)).toEqual(found);
    expect((await forecast(backbone, data, { ...options, seed: 6 })).euclidean).not.toBe(found.euclidean);
  });

  test("follows the schedule", async () => {
    const warm = await forecast(backbone, data, { ...options, schedule: { kind: "constant", warmup: 8 } });
    // (1 + 2) / 9, then (3 + 4) / 9 more, and so on.
    [0, 3, 10, 21, 36].forEach((time, i) => expect(warm.rollout[i]!.time).toBeCloseTo(time / 9, 9));
    expect(warm.rollout[1]!.euclidean).toBeLessThan((await forecast(backbone, data, options)).rollout[1]!.euclidean);
  });

  test("is shorter than the run, however short that is", async () => {
    const { rollout } = await forecast(backbone, data, { ...options, epochs: 1, batch: 10 });
    expect(rollout.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
    await expect(forecast(backbone, data, { ...options, epochs: 1 })).rejects.toThrow(
      /4 steps is too short to forecast; 5 are/,
    );
  });

  test("forecasts nothing for a run that diverges", async () => {
    const { euclidean, coherence, rollout } = await forecast(backbone, data, { ...options, learningRate: 1e30 });
    expect([euclidean, coherence]).toEqual([null, null]);
    expect(rollout.length).toBeLessThan(5);
  });

  test("can be stopped", async () => {
    const stop = new AbortController();
    stop.abort(new Error("stopped"));
    await expect(forecast(backbone, data, { ...options, signal: stop.signal })).rejects.toThrow("stopped");
  });
});

describe("the extrapolation", () => {
  const at = (time: number, euclidean: number): RolloutPoint => ({
    step: time,
    time,
    euclidean,
    energy: 0.5,
    coherence: 1,
  });

  test("is exact where distance grows with the root of time", () => {
    const rollout = [0, 6, 12, 18, 24].map((t) => at(t, 0.3 * Math.sqrt(t)));
    for (const end of [24, 40, 5000]) expect(extrapolate(rollout, end)).toBeCloseTo(0.3 * Math.sqrt(end), 9);
  });

  test("is the least-squares fit, whatever the points", () => {
    const rollout = [at(0, 0), at(6, 2), at(12, 1), at(18, 4), at(24, 2)];
    const misfit = (a: number): number =>
      rollout.reduce((sum, p) => sum + (p.euclidean - a * Math.sqrt(p.time)) ** 2, 0);
    const a = extrapolate(rollout, 1);
    for (const other of [0.99 * a, 1.01 * a]) expect(misfit(other)).toBeGreaterThan(misfit(a));
  });

  test("is 0 where no time has passed", () => expect(extrapolate([at(0, 0)], 100)).toBe(0));
});

test("a forecast is scored by the ranks of the distances that came, over the runs that ended", () => {
  const run = (energy: number, forecast: number | null, euclidean: number | null) => ({ energy, forecast, euclidean });
  const runs = [run(0.9, 3, 4), run(0.7, 5, 6), run(0.5, 1, 2), run(0.4, null, 9), run(0.3, 8, null)];
  expect(scoreForecasts(runs)).toEqual({ forecast: expect.closeTo(1, 9), energy: expect.closeTo(0.5, 9), runs: 3 });
  expect(scoreForecasts([])).toEqual({ forecast: null, energy: null, runs: 0 });
});
