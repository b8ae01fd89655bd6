import { loadModel } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { perceptron, vectors } from "../../test/perceptron.js";
import { ownSamples } from "../backbone/modality.js";
import { arraySamples } from "../data/samples.js";
import { classTargets } from "../data/targets.js";
import { createEngine } from "../engine/create-engine.js";
import type { Weights } from "../engine/weights.js";
import { bestShare, preferred } from "./blends.js";
import type { Blends, TuneResults } from "./results.js";
import type { Settings } from "./settings/index.js";
import { between, greedySoup, meanOf } from "./soup.js";
import { memoryStore, readTensors, RunStore, type MemoryStore } from "./store/store.js";
import { tune } from "./tune.js";

const weights = (...values: number[]): Weights => new Map([["w", Float32Array.from(values)]]);

describe("averages of weights", () => {
  it("are means, whatever the order, and shares of a way", async () => {
    const all = [weights(1, 0.25, -3), weights(2, 7, 0.5), weights(-6, 1, 1), weights(0.1, 0.2, 0.3)];
    const byHand = [0, 1, 2].map((i) => all.reduce((sum, one) => sum + one.get("w")![i]!, 0) / 4);
    for (const order of [all, all.toReversed()]) {
      const mean = (await meanOf(order.map((one) => async () => one))).get("w")!;
      mean.forEach((value, i) => expect(value).toBeCloseTo(byHand[i]!, 6));
    }
    expect([...between(all[0]!, all[1]!, 0.25).get("w")!]).toEqual([1.25, 1.9375, -2.125]);
    expect(between(all[0]!, all[1]!, 0)).toEqual(all[0]);
    expect(between(all[0]!, all[1]!, 1)).toEqual(all[1]);
    expect(() => between(all[0]!, new Map([["v", new Float32Array(3)]]), 0.5)).toThrow("not of one size");
  });

  it("greedily take in each run that does not lower the score, best first", async () => {
    // Scores of averages, by members: b lowers it, c keeps it, d lifts it.
    const table: Record<string, number> = { a: 0.8, ab: 0.79, ac: 0.8, acd: 0.83, acde: 0.82 };
    const tried: string[] = [];
    const found = await greedySoup([..."abcde"], async (models) => {
      tried.push(models.join(""));
      return { score: table[models.join("")]! };
    });
    expect(found).toEqual({ models: ["a", "c", "d"], measured: { score: 0.83 } });
    expect(tried).toEqual(["a", "ab", "ac", "acd", "acde"]);
  });

  it("choose the best share, of equals the nearest to the run, and leave a run that nothing is above", () => {
    const course = [0.5, 0.7, 0.9, 0.9, 0.8].map((score, i) => ({ share: i / 4, score }));
    expect(bestShare(course).share).toBe(0.75);
    /** Averages by their score and the least that they are ahead, which may not be known. */
    const of = (...found: (readonly [score: number, low: number | null] | null)[]) => {
      const [soup, wiseFt] = found.map(
        (one) => one && { validationScore: one[0], ahead: { low: one[1], high: one[1] && one[1] + 0.02 } },
      );
      return preferred({ soup, wiseFt } as unknown as Blends);
    };
    expect(of([0.82, -0.001], [0.81, -0.001])).toBeNull();
    expect(of(null, [0.81, null])).toBeNull();
    expect(of(null, [0.81, 0.001])).toBe("wise-ft");
    expect(of([0.81, 0.001], [0.81, 0.001])).toBe("wise-ft");
    expect(of([0.82, 0.001], [0.81, 0.001])).toBe("soup");
    expect(of([0.82, -0.001], [0.81, 0.001])).toBe("wise-ft");
  });
});

describe("a tuning whose runs are averaged", () => {
  const engine = createEngine(ort, { threads: 1 });
  const setOf = (count: number, seed: number) => {
    const { x, labels } = vectors(count, seed);
    return { source: arraySamples(engine, { x: { data: x, shape: [6] } }, classTargets(labels)) };
  };
  const [train, validation, test, other] = [setOf(96, 1), setOf(90, 2), setOf(45, 3), setOf(30, 4)];

  const tuned = (store: MemoryStore, settings: Partial<Settings> = {}, signal?: AbortSignal, validated = validation) =>
    tune({
      engine,
      modality: ownSamples,
      backbone: { bytes: perceptron() },
      sets: { train, validation: validated, test, ood: [other] },
      outputs: ["a", "b", "c"],
      store,
      // Rates high enough that late epochs are noise: averages then have something to gain.
      settings: { taus: [0, 1, 4, 16], epochs: 8, lr: 0.3, batch: 8, seed: 1, ...settings },
      ...(signal ? { signal } : {}),
    });

  const store = memoryStore();
  let results: TuneResults;
  beforeAll(async () => void (results = await tuned(store)));

  /** What a network with these weights gets right, in plain arithmetic. */
  function accuracy(w: Weights, set: typeof test): number {
    const { data } = set.source.targets;
    const count = data.length;
    const { x } = vectors(count, [train, validation, test, other].indexOf(set) + 1);
    const layer = (z: number[], name: string, width: number): number[] =>
      Array.from({ length: width }, (_, j) => z.reduce((sum, v, i) => sum + v * w.get(name)![i * width + j]!, 0));
    const right = Array.from({ length: count }, (_, n) => {
      const hidden = layer(Array.from(x.subarray(6 * n, 6 * n + 6)), "1.weight", 12).map((v) => Math.max(0, v));
      const z = layer(hidden, "2.weight", 8).map(Math.tanh);
      const q = [0, 1, 2].map(
        (k) => w.get("head.bias")![k]! + z.reduce((sum, v, i) => sum + v * w.get("head.weight")![8 * k + i]!, 0),
      );
      return Number(q.indexOf(Math.max(...q)) === data[n]);
    });
    return right.reduce((sum, one) => sum + one, 0) / count;
  }

  const bestOf = async (tau: unknown): Promise<Weights> =>
    (await readTensors(new RunStore(store, undefined).within(`tau-${String(tau)}`), "best.safetensors"))!.weights;

  it("has the greedy soup of its runs, as the rule and plain arithmetic find it", async () => {
    const ranked = results.rows.toSorted((a, b) => b.bestValidationScore! - a.bestValidationScore!);
    const all = await Promise.all(ranked.map((row) => bestOf(row.tau)));
    const average = (members: number[]): Weights =>
      new Map(
        [...all[0]!].map(([name, data]) => [
          name,
          data.map((_, i) => members.reduce((sum, m) => sum + all[m]!.get(name)![i]!, 0) / members.length),
        ]),
      );
    let [members, score] = [[0], accuracy(all[0]!, validation)];
    for (const next of [1, 2, 3]) {
      const reached = accuracy(average([...members, next]), validation);
      if (reached >= score) [members, score] = [[...members, next], reached];
    }
    const { soup } = results.blends!;
    expect(soup!.tried).toBe(4);
    expect(soup!.of.map(({ tau }) => tau)).toEqual(members.map((m) => ranked[m]!.tau));
    expect(soup!.validationScore).toBeCloseTo(score, 9);
    expect(soup!.testScore).toBeCloseTo(accuracy(average(members), test), 9);
    expect(soup!.ood[0]).toBeCloseTo(accuracy(average(members), other), 9);
    expect(soup!.ahead.difference).toBeCloseTo(
      score - results.rows.reduce((m, r) => Math.max(m, r.bestValidationScore!), 0),
      9,
    );
    expect(soup!.ahead.basis).toBe("paired hits");
  });

  it("has the way from the probed start to the best run, and its best share", async () => {
    const { wiseFt } = results.blends!;
    const best = results.rows.reduce((a, b) => (b.bestValidationScore! > a.bestValidationScore! ? b : a));
    expect(wiseFt.course.map(({ share }) => share)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(wiseFt.course[0]).toMatchObject({ validationScore: best.probeValidationScore, ood: [best.ood[0]!.probing] });
    expect(wiseFt.course[5]).toMatchObject({
      validationScore: best.bestValidationScore,
      ood: [best.ood[0]!.finetuned],
      oodErrors: [best.ood[0]!.finetunedError],
    });
    const own = await bestOf(best.tau);
    const start = new Map(
      [...(await readTensors(new RunStore(store, undefined), "probe.safetensors"))!.weights]
        .filter(([name]) => name.startsWith(`${String(best.tau)}/`))
        .map(([name, data]) => [name.slice(name.indexOf("/") + 1), data]),
    );
    for (const [name, { data }] of loadModel(perceptron()).graph.initializers)
      if (own.has(name)) start.set(name, data as Float32Array);
    for (const { share, validationScore, testScore, ood } of wiseFt.course) {
      const mixed = new Map(
        [...own].map(([name, data]) => [name, data.map((v, i) => (1 - share) * start.get(name)![i]! + share * v)]),
      );
      expect([validationScore, testScore, ood[0]], `share ${share}`).toEqual(
        [validation, test, other].map((set) => expect.closeTo(accuracy(mixed, set), 9)),
      );
    }
    const most = Math.max(...wiseFt.course.map((point) => point.validationScore!));
    expect(wiseFt.share).toBe(wiseFt.course.findLast((point) => point.validationScore === most)!.share);
    expect(wiseFt.validationScore).toBe(most);
  });

  it("exports the run where none of its averages is measurably above it", () => {
    const { best, blends, rows } = results;
    const run = Math.max(...rows.map((row) => row.bestValidationScore!));
    expect(blends!.wiseFt.validationScore).toBeGreaterThan(run);
    expect(best).toMatchObject({ blend: null, validationScore: run });
  });

  it("exports an average that is, and tells which it is", async () => {
    const [own, many] = [memoryStore(), setOf(300, 2)];
    // So high a rate that the way back to the start is as good as any step.
    const { best, blends, rows } = await tuned(own, { lr: 2, seed: 3 }, undefined, many);
    expect(best!.blend).toBe("wise-ft");
    expect(blends!.wiseFt.ahead.low).toBeGreaterThan(0);
    expect(best!.validationScore).toBeGreaterThan(Math.max(...rows.map((row) => row.bestValidationScore!)));
    const session = await ort.InferenceSession.create((await own.read("model/onnx/model.onnx"))!);
    const { x, labels } = vectors(300, 2);
    const { logits } = await session.run({ x: new ort.Tensor("float32", x, [300, 6]) });
    const q = logits!.data as Float32Array;
    const right = labels.filter((label, n) => {
      const of = Array.from(q.subarray(3 * n, 3 * n + 3));
      return of.indexOf(Math.max(...of)) === label;
    });
    expect(right.length / 300).toBeCloseTo(best!.validationScore, 9);
  });

  it("comes to the same after a stop, before the averages and after them", async () => {
    const again = memoryStore();
    for (const key of store.keys()) await again.write(key, (await store.read(key))!);
    const { createdAt: _, ...first } = results;
    for (const lost of ["blends.json", "results.json"]) {
      await again.remove(lost);
      const { createdAt: __, ...second } = await tuned(again);
      expect(second).toEqual(first);
    }
  });

  it("measures large sets at the ends and at the chosen share alone, as all shares would cost as much as training", async () => {
    const { wiseFt, soup } = (await tuned(memoryStore(), { taus: [1], epochs: 1 })).blends!;
    const measured = wiseFt.course.filter(({ testScore, ood }) => testScore !== null && ood[0] !== null);
    expect(measured.map(({ share }) => share)).toEqual([...new Set([0, wiseFt.share, 1])].sort());
    expect(wiseFt.course.every(({ validationScore }) => validationScore !== null)).toBe(true);
    expect(soup).toBeNull();
  });

  it("averages nothing where that is turned off, or nothing was trained after probing", async () => {
    const again = memoryStore();
    const off = await tuned(again, { blends: false, taus: [1], epochs: 1 });
    expect([off.blends, off.best!.blend]).toEqual([null, null]);
    expect(
      (await tuned(memoryStore(), { method: "lp", taus: "auto", epochs: undefined, lr: undefined })).blends,
    ).toBeNull();
  });
});
