import { expect, test } from "vitest";
import { residualNetwork } from "../../test/networks.js";
import { coloured, data as task, engine } from "../../test/tiny-task.js";
import { openBackbone } from "../backbone/backbone.js";
import { extractFeatures } from "../backbone/features.js";
import { finetune } from "./finetune.js";
import type { RunOptions } from "./options.js";
import { linearHead } from "../heads/index.js";
import { adapt } from "./adapt.js";
import { methods } from "./methods.js";
import { random } from "../data/random.js";
import { images } from "../images/modality.js";

const pixels = { mean: [0.5, 0.5, 0.5], std: [0.3, 0.3, 0.3], rescale: 1 / 255 };
const backbone = openBackbone(residualNetwork(), { modality: images({ pixels }) });
const data = task(coloured(12, 1), coloured(6, 2));
const options: RunOptions = {
  head: linearHead().initial(random(1), backbone.width, 3),
  epochs: 1,
  batch: 6,
  learningRate: 0.1,
  clipNorm: 1,
  seed: 1,
};

test("linear probing alone leaves head and features as they are", async () => {
  const { epochs, best, after, adaptation } = (await adapt(methods.lp, backbone, data, options))!;
  expect(epochs).toEqual([]);
  expect(best).toEqual(options.head);
  expect(after!.train).toEqual(await extractFeatures(engine, backbone, data.train));
  expect(adaptation.train).toMatchObject({ euclidean: 0, coherence: 0 });
});

test("the methods that train the backbone are fine-tuning, from the tau that names them", async () => {
  const direct = await finetune(backbone, data, options);
  for (const name of ["hp-ft", "ft", "lp-ft"] as const)
    expect(await adapt(methods[name], backbone, data, options)).toEqual(direct);
  expect([methods.ft.tau, methods["lp-ft"].tau, "tau" in methods["hp-ft"]]).toEqual([0, "converged", false]);
});

test("every epoch is measured on the validation samples, the last one as the run's end", async () => {
  const run = await finetune(backbone, data, { ...options, epochs: 2 });
  expect(run.epochs[1]!.adaptation).toEqual(run.adaptation.validation);
  expect(run.epochs[0]!.adaptation.euclidean).toBeGreaterThan(0);
  expect(run.epochs[0]!.adaptation).not.toEqual(run.epochs[1]!.adaptation);
  const w = run.last.get("head.weight")!;
  expect(run.epochs[1]!.headNorm).toBeCloseTo(Math.hypot(...w), 5);
});
