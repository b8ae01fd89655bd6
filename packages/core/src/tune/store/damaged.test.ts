import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { perceptron, vectors } from "../../../test/perceptron.js";
import { ownSamples } from "../../backbone/modality.js";
import { random } from "../../data/random.js";
import { arraySamples } from "../../data/samples.js";
import { classTargets } from "../../data/targets.js";
import { createEngine } from "../../engine/create-engine.js";
import { DamagedError } from "../errors.js";
import type { TuneEvent } from "../progress.js";
import type { TuneResults } from "../results.js";
import { memoryStore, type MemoryStore } from "./store.js";
import { tune } from "../tune.js";

const engine = createEngine(ort, { threads: 1 });
const setOf = ({ x, labels }: ReturnType<typeof vectors>) => ({
  source: arraySamples(engine, { x: { data: x, shape: [6] } }, classTargets(labels)),
});
const sets = { train: setOf(vectors(48, 1)), validation: setOf(vectors(30, 2)) };

/** A run of two taus, as a store finds it. @returns its results without times, and the messages of damage */
async function run(store: MemoryStore, stopAt?: string, seed = 3) {
  const told: string[] = [];
  const stop = new AbortController();
  const onProgress = (event: TuneEvent): void => {
    if (event.kind === "message" && event.damaged) told.push(event.text);
    if (event.kind === "message" && stopAt !== undefined && event.text.startsWith(stopAt))
      stop.abort(new Error("stop"));
  };
  const settings = { taus: [0, 1], lr: "auto" as const, forecast: seed === 3, epochs: 2, batch: 16, seed };
  const given = { engine, modality: ownSamples, backbone: { bytes: perceptron() }, sets, outputs: ["a", "b", "c"] };
  const results = await tune({ ...given, store, settings, onProgress, signal: stop.signal });
  return { results: timeless(results), told };
}

function timeless({ rows, ...rest }: TuneResults): TuneResults {
  const found = { ...rest, createdAt: "", rows: rows.map((row) => ({ ...row, seconds: 0 })) };
  return JSON.parse(JSON.stringify(found)) as TuneResults;
}

async function copyOf(store: MemoryStore): Promise<MemoryStore> {
  const copy = memoryStore();
  for (const key of store.keys()) await copy.write(key, (await store.read(key))!);
  return copy;
}

describe("a run whose store has changed under it", () => {
  const [finished, other, halfway] = [memoryStore(), memoryStore(), memoryStore()];
  let right: ReturnType<typeof timeless>;
  let best: string;

  beforeAll(async () => {
    ({ results: right } = await run(finished));
    best = String(right.best!.tau);
    await run(other, undefined, 4);
    await expect(run(halfway, "tau 1 epoch 1/2")).rejects.toThrow("stop");
  });

  /** @returns what became of the run */
  async function outcome(store: MemoryStore, key: string): Promise<"same" | "told" | "refused"> {
    try {
      const { results, told } = await run(store);
      expect(results).toEqual(right);
      if (told.length === 0) return "same";
      expect(told).toEqual([expect.stringMatching(new RegExp(`^warning: ${key}: .*; it is computed again$`))]);
      return "told";
    } catch (error) {
      if (!(error instanceof DamagedError)) throw error;
      expect(error.key).toBe(key);
      return "refused";
    }
  }

  it.each([
    ["run.json", "refused"],
    ["probe.json", "told"],
    ["probe.safetensors", "told"],
    ["tau-0/result.json", "told"],
    ["tau-BEST/best.safetensors", "refused"],
    ["tau-1/checkpoint.safetensors", "told"],
    ["tau-1/forecast.json", "told"],
    ["tau-1/rate.json", "told"],
  ] as const)("is never another: a flipped bit in %s is %s", async (name, expected) => {
    const key = name.replace("BEST", best);
    const store = await copyOf(halfway.keys().includes(key) ? halfway : finished);
    const bytes = (await store.read(key))!;
    const bit = random(5, key).integer(0, 8 * bytes.length - 1);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    await store.write(key, bytes);
    expect(await outcome(store, key)).toBe(expected);
  });

  it("takes nothing of another run, and nothing that is empty or cut short", async () => {
    for (const [key, expected] of [
      ["tau-0/result.json", "told"],
      [`tau-${best}/best.safetensors`, "refused"],
    ] as const) {
      const [own, foreign] = [(await finished.read(key))!, (await other.read(key))!];
      for (const bytes of [foreign, new Uint8Array(), own.subarray(0, own.length / 2)]) {
        const store = await copyOf(finished);
        await store.write(key, bytes);
        expect(await outcome(store, key)).toBe(expected);
      }
    }
    const store = await copyOf(finished);
    await store.write("run.json", (await other.read("run.json"))!);
    await expect(run(store)).rejects.toThrow(/belongs to another run: (forecast|seed) is/);
  });

  it("has lost the weights of the best, which its own words bring back", async () => {
    const store = await copyOf(finished);
    for (const tau of [0, 1]) await store.remove(`tau-${tau}/best.safetensors`);
    await expect(run(store)).rejects.toThrow(
      /best\.safetensors: it is missing; delete the result\.json beside it and run/,
    );
    for (const tau of [0, 1]) await store.remove(`tau-${tau}/result.json`);
    expect((await run(store)).results).toEqual(right);
  });
});
