import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, test } from "vitest";
import { perceptron, vectors } from "../../test/perceptron.js";
import { ownSamples } from "../backbone/modality.js";
import { arraySamples } from "../data/samples.js";
import { classTargets } from "../data/targets.js";
import { createEngine } from "../engine/create-engine.js";
import { rateFactor } from "../finetune/schedule.js";
import type { Follower } from "./follower.js";
import type { Job } from "./job.js";
import { probing, type Probed } from "./probing.js";
import { memoryStore, RunStore, type Store } from "./store/store.js";
import { readTrace, tracedStep, tracedUntil, writeTrace, type Trace } from "./trace.js";
import { localTrials } from "./trial/trial.js";
import { openJob } from "./tune.js";

const engine = createEngine(ort, { threads: 1 });
const setOf = ({ x, labels }: ReturnType<typeof vectors>) => ({
  source: arraySamples(engine, { x: { data: x, shape: [6] } }, classTargets(labels)),
});
const [epochs, batch, samples] = [3, 16, 48];
const perEpoch = samples / batch;

const timeless = (trace: Trace | undefined) =>
  trace && { ...trace, began: 0, steps: trace.steps.map((step) => ({ ...step, seconds: 0 })) };

const runStore = (on: Store): RunStore => new RunStore(on, "0123456789abcdef");

describe("a trial", () => {
  let job: Job;
  let probed: Probed;
  const whole = memoryStore();

  beforeAll(async () => {
    job = await openJob({
      engine,
      modality: ownSamples,
      backbone: { bytes: perceptron() },
      sets: { train: setOf(vectors(samples, 1)), validation: setOf(vectors(30, 2)) },
      outputs: ["a", "b", "c"],
      store: memoryStore(),
      settings: { taus: [2], probeLr: 0.15, lr: 0.05, schedule: "linear", warmup: 0.2, epochs, batch, seed: 1 },
    });
    probed = await probing(job);
    await train(whole);
  });

  /** @param stopAt the step in which it is told to stop */
  async function train(on: Store, until = epochs, options: { stopAt?: number; lr?: number } = {}) {
    const { stopAt, lr = 0.05 } = options;
    const stop = new AbortController();
    const told: [why: string, steps: number, epochs: number][] = [];
    const follower: Follower = {
      probed() {},
      finished() {},
      trained(_, trace, why) {
        told.push([why, trace.steps.length, trace.epochs.length]);
        if (trace.steps.length === stopAt) stop.abort(new Error("stop"));
      },
    };
    const running: Job = { ...job, follower, signal: stop.signal };
    const trial = { tau: 2, learningRate: lr, settings: { ...job.settings, lr } };
    await localTrials(running, probed)(trial, until, runStore(on));
    return told;
  }

  test("traces every step with the rate of its schedule, and every epoch with the mean of its steps", async () => {
    const { steps, epochs: rows } = (await readTrace(runStore(whole), undefined))!;
    expect(steps).toHaveLength(epochs * perEpoch);
    steps.forEach((step, i) => {
      expect(step.learningRate).toBeCloseTo(0.05 * rateFactor({ kind: "linear", warmup: 0.2 }, i, steps.length), 7);
      expect(step.gradientNorm).toBeGreaterThan(0);
    });
    rows.forEach(({ epoch, loss }) => {
      const own = steps.slice((epoch - 1) * perEpoch, epoch * perEpoch);
      expect(own.reduce((sum, step) => sum + step.loss, 0) / perEpoch).toBeCloseTo(loss!, 6);
    });
    expect(steps.map((step) => step.seconds)).toEqual(steps.map((step) => step.seconds).toSorted((a, b) => a - b));
  });

  test("tells of itself as it goes, and again where it was finished before", async () => {
    const on = memoryStore();
    const steps = epochs * perEpoch;
    expect(await train(on, 1)).toEqual([["epoch", 0, 0], ["step", 1, 0], ["step", 2, 0], ["step", 3, 0], ["epoch", 3, 1]]); // prettier-ignore
    const told = await train(on);
    expect(told[0]).toEqual(["epoch", 3, 1]);
    expect(told.at(-1)).toEqual(["end", steps, epochs]);
    expect(await train(on)).toEqual([["end", steps, epochs]]);
  });

  test("traces the same where it is stopped, within an epoch and at its end, or killed", async () => {
    const undisturbed = timeless(await readTrace(runStore(whole), undefined));
    for (const stopAt of [1, perEpoch, 5]) {
      const on = memoryStore();
      await expect(train(on, epochs, { stopAt })).rejects.toThrow("stop");
      await train(on);
      expect(timeless(await readTrace(runStore(on), undefined))).toEqual(undisturbed);
    }
    // Killed between the trace and the checkpoint that it goes with: the trace is ahead.
    const on = memoryStore();
    await expect(train(on, epochs, { stopAt: 4 })).rejects.toThrow("stop");
    await on.write("trace.safetensors", (await whole.read("trace.safetensors"))!);
    const [first] = await train(on);
    expect(first).toEqual(["epoch", 4, 1]);
    expect(timeless(await readTrace(runStore(on), undefined))).toEqual(undisturbed);
  });

  test("goes on without a trace that is damaged or missing: those steps are unknown, the result is the same", async () => {
    const on = memoryStore();
    await expect(train(on, epochs, { stopAt: 4 })).rejects.toThrow("stop");
    await on.write("trace.safetensors", new Uint8Array(30));
    const told: string[] = [];
    const tell = { onProgress: (event: { kind: string; text?: string }) => void told.push(event.text ?? "") };
    expect(await readTrace(runStore(on), tell.onProgress)).toBeUndefined();
    expect(told[0]).toMatch(/^warning: trace\.safetensors: .*; logs lack the steps in it$/);
    await train(on);
    const { steps } = (await readTrace(runStore(on), undefined))!;
    expect(steps.map(({ loss }) => Number.isNaN(loss))).toEqual([true, true, true, true, false, false, false, false, false]); // prettier-ignore
    const row = async (store: Store) => JSON.parse(new TextDecoder().decode(await store.read("result.json"))) as object;
    expect({ ...(await row(on)), seconds: 0, seal: 0 }).toEqual({ ...(await row(whole)), seconds: 0, seal: 0 });
  });

  test("that diverges traces how far it came", async () => {
    const on = memoryStore();
    await train(on, epochs, { lr: 1e30 });
    const { steps, epochs: rows } = (await readTrace(runStore(on), undefined))!;
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.length).toBeLessThan(epochs * perEpoch);
    expect(rows).toEqual([]);
  });
});

test("a trace is read as it was told, to the last digit", async () => {
  const store = memoryStore();
  const steps = [
    tracedStep({ epoch: 1, batch: 1, batches: 2, loss: 1 / 3, learningRate: 0.01, gradientNorm: 2.7 }, 0.1),
    tracedStep({ epoch: 1, batch: 2, batches: 2, loss: 0.1, learningRate: 5e-5 }, 123.4),
  ];
  const trace: Trace = { began: 1700000000123, learningRate: 0.01, perEpoch: 2, steps, epochs: [] };
  await writeTrace(store, trace);
  expect(await readTrace(store, undefined)).toEqual(trace);
  expect(steps.map((step) => [step.learningRate, step.gradientNorm])).toEqual([[0.01, Math.fround(2.7)], [5e-5, null]]); // prettier-ignore
  expect(tracedUntil(trace, 1)).toEqual([steps[0]]);
  expect(tracedUntil(undefined, 2).map(({ loss }) => loss)).toEqual([NaN, NaN]);
});
