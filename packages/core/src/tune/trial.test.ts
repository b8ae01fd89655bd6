import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, test } from "vitest";
import { perceptron, vectors } from "../../test/perceptron.js";
import { ownSamples } from "../backbone/modality.js";
import { arraySamples } from "../data/samples.js";
import { classTargets } from "../data/targets.js";
import { createEngine } from "../engine/create-engine.js";
import { standingAt } from "./attempts.js";
import type { Job } from "./job.js";
import { probing, type Probed } from "./probing.js";
import type { TuneRow } from "./results.js";
import { memoryStore, RunStore, type MemoryStore } from "./store.js";
import { localTrials, type TrialSpec } from "./trial.js";
import { bestOf, openJob } from "./tune.js";

const engine = createEngine(ort, { threads: 1 });
const setOf = ({ x, labels }: ReturnType<typeof vectors>) => ({
  source: arraySamples(engine, { x: { data: x, shape: [6] } }, classTargets(labels)),
});
const epochs = 4;
const settings = { taus: [2], lr: "auto" as const, epochs, batch: 16, seed: 1 };

/** Too high for this network: clipped steps of that length saturate its Tanh. */
const huge = 12;

describe("a rate that was found, and is far too high", () => {
  let job: Job;
  let probed: Probed;
  let whole: TuneRow;
  const store = memoryStore();

  beforeAll(async () => {
    job = await openJob({
      engine,
      modality: ownSamples,
      backbone: { bytes: perceptron() },
      sets: { train: setOf(vectors(48, 1)), validation: setOf(vectors(30, 2)) },
      outputs: ["a", "b", "c"],
      store: memoryStore(),
      settings,
    });
    probed = await probing(job);
    whole = await trained(store, epochs);
  });

  /** Trains on, to that epoch or to the message at which it is stopped. */
  async function trained(on: MemoryStore, until: number, options: { lr?: number; stopAt?: string } = {}) {
    const { lr = "auto" as const, stopAt } = options;
    const stop = new AbortController();
    const running: Job = {
      ...job,
      signal: stop.signal,
      onProgress: (event) => {
        if (event.kind === "message" && stopAt && event.text.startsWith(stopAt)) stop.abort(new Error("stop"));
      },
    };
    const trial: TrialSpec = { tau: 2, learningRate: huge, settings: { ...job.settings, lr } };
    const row = await localTrials(running, probed)(trial, until, new RunStore(on, "0123456789abcdef"));
    return { ...row, seconds: 0 };
  }

  test("is lowered to a third, twice at most, and the row says what it was and why", () => {
    expect(whole.lowered.length).toBeGreaterThan(0);
    whole.lowered.forEach(({ learningRate, failure }, i) => {
      expect(learningRate).toBeCloseTo(huge / 3 ** i, 9);
      expect(["diverged", "collapsed"]).toContain(failure);
    });
    expect(whole.learningRate).toBeCloseTo(huge / 3 ** whole.lowered.length, 9);
    expect(whole.lowered.map(({ failure }) => failure)).toContain("collapsed");
  });

  test("comes to the same when it is stopped before it is lowered, and after", async () => {
    for (const stopAt of ["tau 2 epoch 1", "tau 2: collapsed"]) {
      const stopped = memoryStore();
      await expect(trained(stopped, epochs, { stopAt })).rejects.toThrow("stop");
      expect(await trained(stopped, epochs)).toEqual(whole);
    }
  });

  test("that is given is not changed: its run is flagged, and wins only where there is no other", async () => {
    const given = await trained(memoryStore(), epochs, { lr: huge });
    expect(given).toMatchObject({ learningRate: huge, lowered: [] });
    expect(given.diverged || given.collapsed).toBe(true);
    const sound: TuneRow = { ...given, tau: 4, diverged: false, collapsed: false, bestValidationScore: 0.01 };
    const collapsed: TuneRow = { ...sound, tau: 1, collapsed: true, bestValidationScore: 0.9 };
    expect(bestOf([collapsed, sound])).toBe(sound);
    expect(bestOf([collapsed, { ...sound, stopped: true }])?.tau).toBe(4);
    expect(bestOf([collapsed])).toBe(collapsed);
  });
});

test("a rung that an earlier attempt passed was decided by it", () => {
  const attempt = (epoch: number) => ({ learningRate: 1, failure: "collapsed" as const, epoch, epochs: [] });
  const [first, second] = [attempt(2), attempt(5)];
  expect(standingAt([first, second], 3)).toBe(second);
  expect(standingAt([first, second], 1)).toBe(first);
  expect(standingAt([first, second], 5)).toBeUndefined();
});
