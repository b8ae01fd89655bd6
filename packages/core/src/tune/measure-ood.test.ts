import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { perceptron, vectors } from "../../test/perceptron.js";
import { ownSamples } from "../backbone/modality.js";
import { random } from "../data/random.js";
import { arraySamples } from "../data/samples.js";
import { classTargets } from "../data/targets.js";
import { createEngine } from "../engine/create-engine.js";
import type { Weights } from "../engine/weights.js";
import { measureOod } from "./measure-ood.js";
import { probing } from "./probing.js";
import { memoryStore } from "./store/store.js";
import { openJob } from "./tune.js";

const engine = createEngine(ort, { threads: 1 });
const setOf = ({ x, labels }: ReturnType<typeof vectors>) => ({
  source: arraySamples(engine, { x: { data: x, shape: [6] } }, classTargets(labels)),
});

test("sets from elsewhere are measured as plain arithmetic has it: scores of the best weights, features of the last", async () => {
  const others = [vectors(70, 3), vectors(9, 4)];
  const job = await openJob({
    engine,
    modality: ownSamples,
    backbone: { bytes: perceptron() },
    sets: { train: setOf(vectors(48, 1)), validation: setOf(vectors(30, 2)), ood: others.map(setOf) },
    outputs: ["a", "b", "c"],
    store: memoryStore(),
    settings: { taus: [2], epochs: 3, seed: 3 },
  });
  const stop = (await probing(job)).stops.find(({ tau }) => tau === 2)!;
  const { initializers } = job.network.backbone.model.graph;
  const before = new Map([
    ...["1.weight", "2.weight"].map((name) => [name, initializers.get(name)!.data as Float32Array] as const),
    ...stop.head,
  ]);
  const changed = (seed: number): Map<string, Float32Array> => {
    const rng = random(seed, "changed");
    return new Map([...before].map(([name, data]) => [name, data.map((value) => value + rng.normal(0.4))]));
  };
  const [best, last] = [changed(1), changed(2)];

  const layer = (z: number[], w: Float32Array, width: number): number[] =>
    Array.from({ length: width }, (_, j) => z.reduce((sum, v, i) => sum + v * w[i * width + j]!, 0));
  const featuresOf = (w: Weights, x: Float32Array, n: number): number[] => {
    const hidden = layer([...x.subarray(6 * n, 6 * n + 6)], w.get("1.weight")!, 12).map((v) => Math.max(0, v));
    return layer(hidden, w.get("2.weight")!, 8).map(Math.tanh);
  };
  const dot = (a: number[], b: number[]): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
  const accuracy = (w: Weights, { x, labels }: ReturnType<typeof vectors>): number =>
    labels.filter((label, n) => {
      const z = featuresOf(w, x, n);
      const q = [0, 1, 2].map(
        (k) => w.get("head.bias")![k]! + dot(z, [...w.get("head.weight")!.subarray(8 * k, 8 * k + 8)]),
      );
      return q.indexOf(Math.max(...q)) === label;
    }).length / labels.length;

  // The last epoch was another than the best, and then the same.
  for (const [bestEpoch, scored] of [
    [2, best],
    [3, last],
  ] as const) {
    const found = await measureOod(job, stop, { best: scored, last, bestEpoch, epochs: Array(3).fill({}) as never[] });
    for (const [i, set] of others.entries()) {
      const pairs = set.labels.map((_, n) => [featuresOf(before, set.x, n), featuresOf(last, set.x, n)] as const);
      const mean = (of: (z0: number[], zT: number[]) => number): number =>
        pairs.reduce((sum, [z0, zT]) => sum + of(z0, zT), 0) / pairs.length;
      const { probing: probed, finetuned, finetunedError, adaptation } = found[i]!;
      expect([probed, finetuned]).toEqual([accuracy(before, set), accuracy(scored, set)]);
      const { length: count } = set.labels;
      const share = (accuracy(scored, set) * count + 1) / (count + 2);
      expect(finetunedError).toBeCloseTo(Math.sqrt((share * (1 - share)) / (count + 2)), 12);
      const moved = (z0: number[], zT: number[]): number[] => zT.map((v, j) => v - z0[j]!);
      expect(adaptation!.euclidean).toBeCloseTo(
        mean((z0, zT) => Math.sqrt(dot(moved(z0, zT), moved(z0, zT)))),
        5,
      );
      expect(adaptation!.cosine).toBeCloseTo(
        mean((z0, zT) => dot(z0, zT) / Math.sqrt(dot(z0, z0) * dot(zT, zT))),
        5,
      );
      expect(adaptation!.dot).toBeCloseTo(mean(dot), 5);
      expect(adaptation!.norm).toBeCloseTo(
        mean((_, zT) => Math.sqrt(dot(zT, zT))),
        5,
      );
    }
  }
});
