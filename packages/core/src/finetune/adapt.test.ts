import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { colouredImages, residualNetwork } from "../../test/networks.js";
import { openBackbone } from "../backbone/backbone.js";
import { createEngine } from "../engine/create-engine.js";
import { extractFeatures } from "../backbone/features.js";
import { finetune, type FinetuneOptions, type FinetuneResult, type Interrupted } from "./finetune.js";
import { linearHead } from "../heads/index.js";
import { adapt } from "./adapt.js";
import { methods } from "./methods.js";
import { random } from "../data/random.js";

const pixels = { mean: [0.5, 0.5, 0.5], std: [0.3, 0.3, 0.3], rescale: 1 / 255 };
const backbone = openBackbone(residualNetwork(), { pixels });
const options: FinetuneOptions = {
  engine: createEngine(ort, { threads: 1 }),
  backbone,
  head: linearHead().initial(random(1), backbone.width, 3),
  images: colouredImages(12, 1),
  validation: colouredImages(6, 2),
  classes: 3,
  epochs: 1,
  batch: 6,
  learningRate: 0.1,
  seed: 1,
};

function finished(outcome: FinetuneResult | Interrupted): FinetuneResult {
  if (outcome.interrupted) throw new Error("the run was interrupted");
  return outcome;
}

test("linear probing alone leaves head and features as they are", async () => {
  const { epochs, best, after, adaptation } = finished(await adapt(methods.lp, options));
  expect(epochs).toEqual([]);
  expect(best).toEqual(options.head);
  expect(after.train).toEqual(await extractFeatures(options.engine, backbone, options.images));
  expect(adaptation.train).toMatchObject({ euclidean: 0, coherence: 0 });
});

test("the methods that train the backbone are fine-tuning, from the tau that names them", async () => {
  const direct = finished(await finetune(options));
  for (const name of ["hp-ft", "ft", "lp-ft"] as const)
    expect(finished(await adapt(methods[name], options))).toEqual(direct);
  expect([methods.ft.tau, methods["lp-ft"].tau, "tau" in methods["hp-ft"]]).toEqual([0, "converged", false]);
});

test("every epoch is measured on the validation images, the last one as the run's end", async () => {
  const run = finished(await finetune({ ...options, epochs: 2 }));
  expect(run.epochs[1]!.adaptation).toEqual(run.adaptation.validation);
  expect(run.epochs[0]!.adaptation.euclidean).toBeGreaterThan(0);
  expect(run.epochs[0]!.adaptation).not.toEqual(run.epochs[1]!.adaptation);
  const w = run.last.get("head.weight")!;
  expect(run.epochs[1]!.headNorm).toBeCloseTo(Math.hypot(...w), 5);
});
