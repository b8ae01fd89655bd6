import { float32, GraphBuilder, writeModel } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { textNetwork } from "../../test/texts.js";
import { extractFeatures } from "../backbone/features.js";
import { openBackbone } from "../backbone/backbone.js";
import { normals, random } from "../data/random.js";
import { upTo } from "../data/samples.js";
import { classTargets } from "../data/targets.js";
import { createEngine } from "../engine/create-engine.js";
import type { Engine } from "../engine/engine.js";
import { layerDepths } from "../finetune/layer-rates.js";
import { texts } from "../text/modality.js";
import type { Texts } from "../text/texts.js";
import { openNetwork } from "./network.js";
import type { TuneEvent } from "./progress.js";
import type { TuneResults } from "./results.js";
import { settle, type Settings } from "./settings/index.js";
import { memoryStore, type MemoryStore } from "./store/store.js";
import { tune } from "./tune.js";

const engine = createEngine(ort, { threads: 1 });
const { bytes } = textNetwork();
const modality = texts();

/** Texts of 2 to 7 words, labelled by their first. */
function written(count: number, seed: number): Texts {
  const rng = random(seed, "written");
  const all = upTo(count).map(() => upTo(rng.integer(2, 7)).map(() => rng.integer(1, 29)));
  const starts = [0];
  for (const text of all) starts.push(starts.at(-1)! + text.length);
  return {
    count,
    ids: Int32Array.from(all.flat()),
    starts: Uint32Array.from(starts),
    targets: classTargets(all.map((text) => text[0]! % 3)),
  };
}

const [train, validation] = [{ source: written(36, 1) }, { source: written(18, 2) }];

function run(
  settings: Partial<Settings>,
  store: MemoryStore = memoryStore(),
  onProgress: (event: TuneEvent) => void = () => {},
  signal?: AbortSignal,
  on: Engine = engine,
): Promise<TuneResults> {
  return tune({
    engine: on,
    modality,
    backbone: { bytes },
    sets: { train, validation },
    outputs: ["first", "second", "third"],
    store,
    settings: { taus: [2], probeEpochs: 2, epochs: 1, batch: 8, lr: 0.05, seed: 3, ...settings },
    onProgress,
    ...(signal ? { signal } : {}),
  });
}

/** Results without what time it was and how long it took. */
function timeless({ rows, ...rest }: TuneResults): unknown {
  return { ...rest, createdAt: null, rows: rows.map((row) => ({ ...row, seconds: null })) };
}

describe.each([
  ["LoRA", { method: "lora", loraRank: 2 }],
  ["BitFit", { method: "bitfit" }],
  ["blocks that start afresh", { reinitBlocks: 1 }],
] as const)("a run of texts with %s", (_, settings) => {
  test("that was stopped within an epoch goes on to the same, to the last digit", async () => {
    const whole = await run(settings);
    const store = memoryStore();
    const stopping = new AbortController();
    const stopAt = (event: TuneEvent): void => {
      if (event.kind === "progress" && event.task.startsWith("fine-tuning") && event.done === 3)
        stopping.abort(new Error("enough"));
    };
    await expect(run(settings, store, stopAt, stopping.signal)).rejects.toThrow("enough");
    const steps: number[] = [];
    const rest = await run(settings, store, (event) => {
      if (event.kind === "progress" && event.task.startsWith("fine-tuning") && event.done > 0) steps.push(event.done);
    });
    expect(steps[0]).toBe(4);
    expect(timeless(rest)).toEqual(timeless(whole));
    // Each block, whatever was trained of it.
    expect(whole.best!.layers.map(({ pooled }) => pooled)).toEqual([true, false]);
  });
});

test("below the block that texts are frozen until, activations are kept, and nothing moves", async () => {
  const { rows, best } = await run({ freezeUntil: 1, layerDecay: 0.5 });
  expect(rows[0]!.frozen).toMatchObject({ cached: true, ends: [expect.any(String)] });
  expect(best!.layers[0]!.validation.distance).toBe(0);
  expect(best!.layers[1]!.validation.distance).toBeGreaterThan(0);
  const backbone = openBackbone(bytes, { modality });
  const { depths, count } = layerDepths(backbone);
  expect([count, depths.get("words.weight"), depths.get("first.query.weight"), depths.get("second.up.bias")]).toEqual([
    2, 0, 0, 1,
  ]);
});

test("pooling that is asked for holds for a side network too", async () => {
  const [words, width] = [30, 6];
  const tableOf = (seed: number): Float32Array => normals(words * width, 1, random(seed, "table"));
  const encoder = (seed: number): Uint8Array => {
    const b = new GraphBuilder("words");
    const ids = b.input("input_ids", "int64", ["batch", "tokens"]);
    const mask = b.cast(b.input("attention_mask", "int64", ["batch", "tokens"]), "float32");
    const table = b.initializer("words.weight", float32(tableOf(seed), [words, width]));
    const found = b.op("Gather", [table, ids]);
    b.setOutputs({ last_hidden_state: b.mul(found, b.op("Unsqueeze", [mask, b.ints([2])])) });
    return writeModel(b.model());
  };
  const settings = settle({ method: "side", pooling: "last" });
  const files = { backbone: { bytes: encoder(1) }, side: { bytes: encoder(2) } };
  const { whole } = openNetwork(files, settings, modality);
  const { source } = validation;
  const features = await extractFeatures(engine, whole, await modality.open(source, engine));
  // Halves of what both say of each text's last word.
  const [base, side] = [tableOf(1), tableOf(2)];
  for (let n = 0; n < source.count; n++) {
    const word = source.ids[source.starts[n + 1]! - 1]! * width;
    for (let j = 0; j < width; j++)
      expect(features[n * width + j]).toBeCloseTo(0.5 * base[word + j]! + 0.5 * side[word + j]!, 5);
  }
});

test("range tests and runs of all taus and rates take their steps in one session", async () => {
  let steps = 0;
  const counting: Engine = {
    ...engine,
    session(model, options) {
      if (options?.staying) steps++;
      return engine.session(model, options);
    },
  };
  const { rows } = await run({ taus: [0, 2], lr: "auto" }, memoryStore(), undefined, undefined, counting);
  expect(rows.length).toBe(2);
  expect(steps).toBe(1);
});
