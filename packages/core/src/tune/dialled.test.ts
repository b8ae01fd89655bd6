import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { perceptron, vectors } from "../../test/perceptron.js";
import { ownSamples } from "../backbone/modality.js";
import { arraySamples } from "../data/samples.js";
import { classTargets } from "../data/targets.js";
import { createEngine } from "../engine/create-engine.js";
import type { TuneEvent } from "./progress.js";
import type { TuneResults } from "./results.js";
import { SettingError, type Settings } from "./settings/index.js";
import { memoryStore, type MemoryStore } from "./store/store.js";
import { tune } from "./tune.js";

const engine = createEngine(ort, { threads: 1 });
const setOf = ({ x, labels }: ReturnType<typeof vectors>) => ({
  source: arraySamples(engine, { x: { data: x, shape: [6] } }, classTargets(labels)),
});
const sets = { train: setOf(vectors(60, 1)), validation: setOf(vectors(30, 2)) };

function run(store: MemoryStore, settings: Partial<Settings>, stopAt?: string): Promise<TuneResults> {
  const stop = new AbortController();
  const onProgress = (event: TuneEvent): void => {
    if (event.kind === "message" && stopAt !== undefined && event.text.startsWith(stopAt))
      stop.abort(new Error("stop"));
  };
  const given = { engine, modality: ownSamples, backbone: { bytes: perceptron() }, sets, outputs: ["a", "b", "c"] };
  const all = { probeEpochs: 8, epochs: 2, batch: 16, lr: 0.02, blends: false, seed: 3, ...settings };
  return tune({ ...given, store, settings: all, onProgress, signal: stop.signal });
}

function timeless({ rows, ...rest }: TuneResults): unknown {
  return JSON.parse(JSON.stringify({ ...rest, createdAt: "", rows: rows.map((row) => ({ ...row, seconds: 0 })) }));
}

describe("energies in place of taus", () => {
  const store = memoryStore();
  let results: TuneResults;
  beforeAll(async () => {
    results = await run(store, { energy: [0.6, 0.75] });
  });

  it("are what the runs start from, all trained to the end, from one head and one accuracy", () => {
    const { rows, probing, options } = results;
    expect(rows.map((row) => row.tau)).toEqual(["energy:0.75", "energy:0.6"]);
    for (const [i, wanted] of [0.75, 0.6].entries()) expect(Math.abs(rows[i]!.energy! - wanted)).toBeLessThan(1e-6);
    const best = Math.max(...probing.map((point) => point.validationScore!));
    const origin = probing.find((point) => point.validationScore === best)!;
    for (const row of rows) {
      expect(row.dial).toMatchObject({ by: "temperature", from: origin.tau });
      expect(row).toMatchObject({ probeValidationScore: best, probeTrainScore: origin.trainScore, stopped: false });
      expect(row.epochs).toHaveLength(2);
      expect(row.headNorm).toBeCloseTo(row.dial!.value * origin.headNorm!, 5);
    }
    // Probing itself is shown as it went.
    expect(probing.every((point) => typeof point.tau === "number")).toBe(true);
    expect(options).toMatchObject({ energy: "0.75,0.6", energyBy: "temperature", taus: "auto" });
    expect(store.keys()).toContain("tau-energy-0.6/result.json");
    expect(results.best!.tau).toMatch(/^energy:0\./);
  });

  it("are found again where a run was stopped", async () => {
    const halfway = memoryStore();
    await expect(run(halfway, { energy: [0.6, 0.75] }, "energy 0.75 epoch 1/2")).rejects.toThrow("stop");
    expect(timeless(await run(halfway, { energy: [0.6, 0.75] }))).toEqual(timeless(results));
  });

  it("turn the head of a tau that is given", async () => {
    const { rows } = await run(memoryStore(), { energy: [0.75], taus: [2], probeEpochs: 2, epochs: 1 });
    expect(rows[0]).toMatchObject({ tau: "energy:0.75", dial: { from: 2 } });
  });

  it("are refused in one line where they cannot be reached", async () => {
    const refused = await run(memoryStore(), { energy: [1.2] }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SettingError);
    const { message, setting } = refused as SettingError;
    expect(setting).toBe("energy");
    expect(message).toMatch(
      /^energy 1.2 cannot be reached by temperature from the head of tau \S+, which reaches 0\.\d+ to 0\.816; ask for one in that range, turn another head \(taus\), or use energyBy l2$/,
    );
  });
});
