import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, test } from "vitest";
import { perceptron, vectors } from "../../../test/perceptron.js";
import { ownSamples } from "../../backbone/modality.js";
import { arraySamples } from "../../data/samples.js";
import { classTargets } from "../../data/targets.js";
import { createEngine } from "../../engine/create-engine.js";
import { readAttempts, standingAt, writeAttempts } from "./earlier-attempts.js";
import type { Job } from "../job.js";
import { probing, type Probed } from "../probing.js";
import type { TuneRow } from "../results.js";
import { memoryStore, RunStore, type Store } from "../store/store.js";
import type { TrialSpec } from "./spec.js";
import { localTrials } from "./trial.js";
import { bestOf, openJob } from "../tune.js";

const engine = createEngine(ort, { threads: 1 });
const setOf = ({ x, labels }: ReturnType<typeof vectors>) => ({
  source: arraySamples(engine, { x: { data: x, shape: [6] } }, classTargets(labels)),
});
const epochs = 4;
const settings = { taus: [2], probeLr: 0.15, lr: "auto" as const, epochs, batch: 16, seed: 1 };

const runStore = (on: Store): RunStore => new RunStore(on, "0123456789abcdef");

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
  async function trained(
    on: Store,
    until: number,
    options: { lr?: number; headLr?: number; stopAt?: string; said?: string[] } = {},
  ) {
    const { lr = "auto" as const, headLr, stopAt, said } = options;
    const stop = new AbortController();
    const running: Job = {
      ...job,
      signal: stop.signal,
      onProgress: (event) => {
        if (event.kind === "message") said?.push(event.text);
        if (event.kind === "message" && stopAt && event.text.startsWith(stopAt)) stop.abort(new Error("stop"));
      },
    };
    const trial: TrialSpec = { tau: 2, learningRate: huge, settings: { ...job.settings, lr, headLr } };
    const row = await localTrials(running, probed)(trial, until, runStore(on));
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

  test("leaves nothing of the attempt that failed, and comes to the same where it is killed before that is removed", async () => {
    const failing = memoryStore();
    await expect(trained(failing, epochs, { stopAt: "tau 2 epoch 1" })).rejects.toThrow("stop");
    const key = "checkpoint.safetensors";
    const stale = failing.keys().includes(key) && (await failing.read(key));
    expect(stale).toBeTruthy();
    const killed: Store = { ...failing, remove: () => Promise.reject(new Error("killed")) };
    await expect(trained(killed, epochs)).rejects.toThrow("killed");
    expect(await readAttempts(runStore(failing), undefined)).toHaveLength(1);
    // Only the store says where it stands: what is still there of the attempt that failed is another's.
    expect(await failing.read(key)).toBeTruthy();
    const said: string[] = [];
    expect(await trained(failing, epochs, { said })).toEqual(whole);
    expect(said.filter((text) => text.includes(`at rate ${huge.toPrecision(3)}`))).toEqual([]);
    expect(failing.keys()).not.toContain(key);
  });

  test("starts afresh where a checkpoint is left of attempts that are lost", async () => {
    const losing = memoryStore();
    await expect(trained(losing, epochs, { stopAt: "tau 2: collapsed" })).rejects.toThrow("stop");
    await writeAttempts(runStore(losing), []);
    expect(await trained(losing, epochs)).toEqual(whole);
  });

  test("lowers the head's own rate by as much, and says so", async () => {
    const said: string[] = [];
    const row = await trained(memoryStore(), epochs, { headLr: 2 * huge, said });
    expect(row.lowered.length).toBeGreaterThan(0);
    expect(row.learningRate).toBeCloseTo(huge / 3 ** row.lowered.length, 9);
    expect(row.headLearningRate).toBeCloseTo(2 * row.learningRate!, 9);
    expect(said.find((text) => text.includes("begins again"))).toMatch(/begins again at 4.00, the head at 8.00$/);
    expect(whole.headLearningRate).toBeNull();
  });

  test("is seen at a rung too, where it cannot be lowered", async () => {
    const rung = await trained(memoryStore(), epochs - 1, { lr: huge });
    expect(rung).toMatchObject({ stopped: true, collapsed: true, lowered: [] });
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
  const attempt = (epoch: number) => ({
    learningRate: 1,
    failure: "collapsed" as const,
    epoch,
    epochs: [],
    seconds: 1,
  });
  const [first, second] = [attempt(2), attempt(5)];
  expect(standingAt([first, second], 3)).toBe(second);
  expect(standingAt([first, second], 1)).toBe(first);
  expect(standingAt([first, second], 5)).toBeUndefined();
});
