import { loadModel, writeModel } from "@taskhead/autograd";
import { describe, expect, test } from "vitest";
import { coloured, data, engine, modality, objective, pixels, tinyNetwork } from "../../test/tiny-task.js";
import { runSamples } from "../data/run-samples.js";
import type { Samples } from "../data/samples.js";
import { withSession } from "../engine/with-session.js";
import { exportModel } from "../finetune/export.js";
import { finetune } from "../finetune/finetune.js";
import { linearHead, mlpHead, type Head } from "../heads/index.js";
import { images } from "../images/modality.js";
import { imagesInMemory } from "../images/images.js";
import { probe } from "../probe/probe.js";
import { openBackbone, type Backbone } from "./backbone.js";
import { extractFeatures } from "./features.js";
import type { Modality } from "./modality.js";

const train = coloured(24, 1);
const size = { height: 8, width: 8 };
/** Bytes as they are, in front of a file that normalises them itself. */
const identity = images({ pixels: { mean: [0, 0, 0], std: [1, 1, 1], rescale: 1 }, size });

/** A probed and fine-tuned network as a file, with what it gives for the training samples. */
async function exported(backbone: Backbone, samples: Samples, architecture: Head) {
  const probing = await probe(backbone, data(samples), { epochs: 2, batch: 12, architecture });
  const options = { architecture, head: probing.at(2).head, epochs: 1, batch: 12, learningRate: 0.1 };
  const run = await finetune(backbone, data(samples), options);
  expect(run.adaptation.train.euclidean).toBeGreaterThan(1e-4);
  expect([...run.last.keys()].toSorted()).toEqual([...backbone.parameters, ...architecture.parameters].toSorted());
  const file = writeModel(exportModel(backbone, architecture, objective, run.last));
  const { logits } = await withSession(engine, loadModel(file), (s) => runSamples(s, samples));
  return { file, features: run.after.train, logits: logits! };
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) expect(actual[i]).toBeCloseTo(expected[i]!, 4);
}

/** The images behind `coloured`, for a modality to open. */
async function opened(by: Modality<ReturnType<typeof imagesInMemory>>): Promise<Samples> {
  const bytes = (await train.feeds(Array.from({ length: 24 }, (_, n) => n)))["pixels"]!.data as Uint8Array;
  return by.open(imagesInMemory(bytes, train.targets, [3, 8, 8]), engine);
}

const heads: [string, Head][] = [
  ["linear", linearHead()],
  ["MLP", mlpHead({ width: 5, depth: 2 })],
];
const pixelsAgain = [
  ["as it is", images({ size })],
  ["behind new pixels", identity],
] as const;

describe.each(heads)("an export of ours with a head that is %s", (_, architecture) => {
  test.each(pixelsAgain)("opens again as a backbone %s, twice in a row", async (__, again) => {
    const first = openBackbone(tinyNetwork(), { modality });
    let made = await exported(first, train, architecture);
    for (let round = 0; round < 2; round++) {
      const backbone = openBackbone(made.file, { modality: again });
      const samples = await opened(again);
      expect(backbone.found).toMatch(/as the file says/);
      expect(backbone.width).toBe(6);
      expect(backbone.parameters).toEqual(["conv.weight", "conv.bias"]);
      expect(backbone.parameterCount).toBe(168);
      expectClose(await extractFeatures(engine, backbone, samples), made.features);
      const next = await exported(backbone, samples, architecture);
      // Another round has changed it.
      expect([...next.logits]).not.toEqual([...made.logits]);
      made = next;
    }
  });

  test("keeps the constants that no one trained, and knows the values by their first names", async () => {
    const { file } = await exported(openBackbone(tinyNetwork(), { modality }), train, architecture);
    const backbone = openBackbone(file, { modality: identity });
    const { initializers } = backbone.model.graph;
    for (const [name, values] of [
      ["own.pixels.mean", pixels.mean],
      ["own.pixels.std", pixels.std],
    ] as const) {
      expect(backbone.constants).toContain(name);
      expect([...initializers.get(name)!.data]).toEqual(values);
    }
    expect(openBackbone(file, { modality: identity, features: "logits" }).width).toBe(3);
  });
});

test("a file of ours without its note is opened as any other: at its last linear layer", async () => {
  const { file, features } = await exported(openBackbone(tinyNetwork(), { modality }), train, mlpHead({ width: 5 }));
  const bare = writeModel({ ...loadModel(file), metadata: new Map() });
  const backbone = openBackbone(bare, { modality: identity });
  expect(backbone.width).toBe(5);
  expect(backbone.parameters).toContain("own.head.1.weight");
  const told = openBackbone(file, { modality: identity });
  expectClose(await extractFeatures(engine, told, train), features);
});
