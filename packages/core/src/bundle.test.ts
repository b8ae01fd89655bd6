import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { bundled } from "../../autograd/test/bundle.js";
import { textNetwork } from "../test/texts.js";
import { perceptron, vectors } from "../test/perceptron.js";
import type { TuneEvent } from "./tune/progress.js";
import type { TuneResults } from "./tune/results.js";
import type { MemoryStore } from "./tune/store/store.js";

it("loads in a bundle for browsers, without any Node module or global", async () => {
  const core = await bundled("core");
  expect(core["openBackbone"]).toBeTypeOf("function");
});

/** What the whole job takes of a browser, besides a text codec. */
const browser = { crypto, performance, setTimeout, structuredClone };

/** Those of this realm: the runtime that is handed in knows no others. */
const arrays = { Uint8Array, Int32Array, Float32Array, Float64Array, BigInt64Array };

describe("a whole tuning, from a bundle without any Node module or global", async () => {
  const core = (await bundled("core", { ...browser, ...arrays })) as unknown as typeof import("./index.js");
  const { arraySamples, classTargets, createEngine, memoryStore, ownSamples, tune } = core;
  const engine = createEngine(ort, { threads: 1 });
  const outputs = ["first", "second", "third"];

  const [train, validation] = [vectors(96, 1), vectors(60, 2)];
  const setOf = ({ x, labels }: typeof train) => ({
    source: arraySamples(engine, { x: { data: x, shape: [6] } }, classTargets(labels)),
    summary: { path: null, skipped: 0 },
  });

  const run = (store: MemoryStore, onProgress: (event: TuneEvent) => void = () => {}, signal?: AbortSignal) =>
    tune({
      engine,
      modality: ownSamples,
      backbone: { bytes: perceptron() },
      sets: { train: setOf(train), validation: setOf(validation) },
      outputs,
      store,
      settings: { taus: "auto", lr: "auto", starts: 3, probeEpochs: 16, epochs: 4, batch: 16, seed: 3 },
      onProgress,
      ...(signal ? { signal } : {}),
    });

  const store = memoryStore();
  let results: TuneResults;
  beforeAll(async () => void (results = await run(store)));

  it("probes, chooses taus, finds a rate, and trains from every start", () => {
    const { probing, rows } = results;
    expect(probing.map((point) => point.tau).slice(0, 4)).toEqual([0, 0.25, 0.5, 1]);
    expect(probing.at(-1)!.loss).toBeLessThan(probing[0]!.loss!);
    const taus = rows.map((row) => row.tau as number);
    expect(taus).toEqual([...new Set(taus)].sort((a, b) => a - b));
    // Two of three shares of the energy are nearest to one tau.
    expect(taus).toEqual([2, 7]);
    for (const row of rows.filter(({ diverged }) => !diverged)) expect(row.epochs).toHaveLength(4);
  });

  it("keeps results and the exported model, which scores as they say", async () => {
    expect(store.keys()).toEqual(expect.arrayContaining(["results.json", "model/onnx/model.onnx"]));
    const { seal, ...kept } = JSON.parse(new TextDecoder().decode(await store.read("results.json"))) as {
      seal: unknown;
    };
    expect(kept).toEqual(asJson(results));
    expect(seal).toMatchObject({ key: "results.json" });
    const { best, rows, blends } = results;
    const finished = rows.filter((row) => !row.stopped && !row.diverged);
    const ofRuns = Math.max(...finished.map((row) => row.bestValidationScore!));
    const averages = [blends!.wiseFt.validationScore!, blends!.soup!.validationScore!];
    // An average is chosen only where it is measurably above the run.
    expect(best!.validationScore).toBe(best!.blend === null ? ofRuns : Math.max(ofRuns, ...averages));
    expect(best!.validationScore).toBeGreaterThan(0.6);

    const session = await ort.InferenceSession.create((await store.read("model/onnx/model.onnx"))!);
    const { x, labels } = validation;
    const { logits } = await session.run({ x: new ort.Tensor("float32", x, [60, 6]) });
    const rowOf = (n: number) => Array.from(logits!.data.slice(3 * n, 3 * n + 3) as Float32Array);
    const hits = labels.filter((label, n) => Math.max(...rowOf(n)) === rowOf(n)[label]);
    expect(hits.length / labels.length).toBeCloseTo(best!.validationScore, 12);
  });

  it("reads from its store what is there, and trains nothing again", async () => {
    const tasks: string[] = [];
    const again = await run(store, (event) => void (event.kind === "end" && tasks.push(event.task)));
    expect(found(again)).toEqual(found(results));
    expect(tasks).toEqual(["training features", "validation features", "exported model"]);
  });

  it("finds the same elsewhere from the same seed", async () => {
    expect(found(await run(memoryStore()))).toEqual(found(results));
  });

  // Probing and range tests begin anew; fine-tuning goes on with its next step.
  it.each([
    ["head probing", 4, 0.25],
    ["learning rate", 5, 1],
    ["fine-tuning, tau 7", 9, 10],
  ])("goes on to the same after a stop in '%s'", async (part, step, next) => {
    const stopped = memoryStore();
    const controller = new AbortController();
    const stopAt = (event: TuneEvent): void => {
      if (event.kind === "progress" && event.task.startsWith(part) && event.done === step)
        controller.abort(new Error("enough"));
    };
    await expect(run(stopped, stopAt, controller.signal)).rejects.toThrow("enough");
    expect(stopped.keys()).not.toContain("results.json");
    const steps: number[] = [];
    const rest = await run(stopped, (event) => {
      if (event.kind === "progress" && event.task.startsWith(part) && event.done > 0) steps.push(event.done);
    });
    expect(steps[0]).toBe(next);
    expect(found(rest)).toEqual(found(results));
  });
});

it("reads texts and trains on them, from a bundle without any Node module or global", async () => {
  const core = (await bundled("core", {
    ...browser,
    ...arrays,
    Uint32Array,
  })) as unknown as typeof import("./index.js");
  const { classification, classTargets, createEngine, openBackbone, openTokenizer, probe, finetune, texts, tokenize } =
    core;
  const { texts: all, tokenizers } = JSON.parse(
    readFileSync(new URL("text/tokenizer.reference.json", import.meta.url), "utf8"),
  ) as { texts: string[]; tokenizers: Record<string, { tokenizer: Record<string, unknown>; right: number[][] }> };
  const { tokenizer: json, right } = tokenizers["bert"]!;
  const tokenizer = await openTokenizer({ "tokenizer.json": json }, { maxLength: 12 });
  const { ids, starts, count } = await tokenize(
    tokenizer,
    all.map((text) => ({ text })),
  );
  right.forEach((own, i) => expect([...ids.subarray(starts[i], starts[i + 1])]).toEqual(own));

  const engine = createEngine(ort, { threads: 1 });
  const modality = texts({ tokenizer });
  const backbone = openBackbone(textNetwork().bytes, { modality });
  // Its words are 30.
  const source = { ids: ids.map((id) => id % 30), starts, count, targets: classTargets(all.map((_, i) => i % 2)) };
  const samples = await modality.open(source, engine);
  const data = { engine, objective: classification(2), train: samples, validation: samples };
  const { stops } = await probe(backbone, data, { epochs: 2, batch: 8 });
  const { head, loss } = stops.at(-1)!;
  const run = await finetune(backbone, data, { head, epochs: 4, batch: 8, learningRate: 0.01 });
  expect(run.epochs.at(-1)!.validationLoss).toBeLessThan(loss);
});

/** As it comes from a file. */
function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Results without what time it was and how long it took. */
function found(results: TuneResults): unknown {
  const { createdAt: _, rows, ...rest } = asJson(results);
  const timeless = (all: TuneResults["rows"]) => all.map((row) => ({ ...row, seconds: null }));
  return { ...rest, rows: timeless(rows) };
}
