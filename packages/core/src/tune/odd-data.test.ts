import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { perceptron, vectors } from "../../test/perceptron.js";
import { ownSamples } from "../backbone/modality.js";
import { arraySamples } from "../data/samples.js";
import { classTargets } from "../data/targets.js";
import { createEngine } from "../engine/create-engine.js";
import { memoryStore } from "./store/store.js";
import { tune } from "./tune.js";
import type { Settings } from "./settings/index.js";

const engine = createEngine(ort, { threads: 1 });

async function tuned(settings: Partial<Settings>, spoilt: readonly number[] = []) {
  const said: string[] = [];
  const setOf = (count: number, seed: number, wrong: readonly number[] = []) => {
    const { x, labels } = vectors(count, seed);
    for (const n of wrong) x[6 * n + 2] = NaN;
    return { source: arraySamples(engine, { x: { data: x, shape: [6] } }, classTargets(labels)) };
  };
  const results = await tune({
    engine,
    modality: ownSamples,
    backbone: { bytes: perceptron() },
    sets: {
      train: setOf(48, 1),
      validation: setOf(30, 2),
      test: setOf(20, 3, spoilt),
      ood: [setOf(20, 4), setOf(20, 5, spoilt)],
    },
    outputs: ["a", "b", "c"],
    store: memoryStore(),
    settings: { epochs: 1, lr: 0.01, batch: 16, ...settings },
    onProgress: (event) => event.kind === "message" && said.push(event.text),
  });
  return { results, said };
}

test("a sample of which nothing is said leaves its set without a score, and that is told", async () => {
  const { results, said } = await tuned({ taus: [1] }, [7]);
  const { best, rows } = results;
  expect(best).toMatchObject({ testScore: null, testError: null, onTest: null });
  expect(best!.validationScore).toBeTypeOf("number");
  expect(rows[0]!.ood.map((one) => [one!.probing === null, one!.finetuned === null])).toEqual([
    [false, false],
    [true, true],
  ]);
  expect(said).toContain(
    "warning: test samples: the outputs of sample 7 are NaN, so that there is no score; look at what it feeds",
  );
  expect(said).toContain(
    "warning: out-of-distribution set 2: the outputs of a sample are NaN, so that there is no score; look at what it feeds",
  );
  const sound = await tuned({ taus: [1] });
  expect(sound.results.best!.testScore).toBeTypeOf("number");
  expect(sound.said.join("\n")).not.toContain("NaN");
});

test("taus of one step are trained from once", async () => {
  const { results, said } = await tuned({ taus: [0, 0.001, 0.25, 0.5, 1], batch: 24 });
  // Two steps an epoch: 0.001, 0.25 and 0.5 are the first.
  expect(results.rows.map(({ tau }) => tau)).toEqual([0, 0.5, 1]);
  expect(said).toContain(
    "warning: tau 0.001, 0.25 is the head of tau 0.5: an epoch has 2 steps; it is trained from once",
  );
});
