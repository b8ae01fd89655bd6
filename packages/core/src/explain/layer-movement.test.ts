import { writeModel } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { textNetwork, texts } from "../../test/texts.js";
import { residualNetwork, stagedNetwork, transformerNetwork } from "../../test/networks.js";
import { openBackbone, type Backbone } from "../backbone/backbone.js";
import { ownSamples } from "../backbone/modality.js";
import { findBlocks } from "../backbone/blocks.js";
import { mergeWeights } from "../backbone/split.js";
import { normals, random } from "../data/random.js";
import { arraySamples } from "../data/samples.js";
import { classTargets } from "../data/targets.js";
import { createEngine } from "../engine/create-engine.js";
import { linearCka } from "../measures/cka.js";
import { layerMovement } from "./layer-movement.js";

const engine = createEngine(ort, { threads: 1 });
const open = (bytes: Uint8Array): Backbone => openBackbone(bytes, { modality: ownSamples });

function noise(count: number, seed: number) {
  const data = normals(count * 192, 1, random(seed, "noise"));
  return {
    data,
    samples: arraySamples(engine, { image: { data, shape: [3, 8, 8] } }, classTargets(Array(count).fill(0))),
  };
}

/** The backbone with noise added to the parameters of one block. */
function moved(backbone: Backbone, block: number): Backbone {
  const rng = random(1, "moved");
  const { parameters } = findBlocks(backbone)[block]!;
  const { initializers } = backbone.model.graph;
  return mergeWeights(
    backbone,
    new Map(
      parameters.map((name) => [
        name,
        Float32Array.from(initializers.get(name)!.data as Float32Array, (value) => value + rng.normal(0.2)),
      ]),
    ),
  );
}

/** What a value of the graph is for these samples, by a session of its own. */
async function valueOf({ model }: Backbone, value: string, data: Float32Array, count: number): Promise<Float32Array> {
  const graph = { ...model.graph, outputs: [{ name: value }] };
  const session = await ort.InferenceSession.create(writeModel({ ...model, graph }));
  const outputs = await session.run({ image: new ort.Tensor("float32", data, [count, 3, 8, 8]) });
  return outputs[value]!.data as Float32Array;
}

describe.each([
  ["stages", stagedNetwork()],
  ["residual blocks", residualNetwork()],
  ["transformer layers", transformerNetwork()],
])("the movement of %s", (_, bytes) => {
  const before = open(bytes);
  const after = moved(before, 1);
  const [validation, ood] = [noise(20, 1), noise(7, 2)];

  test("is 0 below what moved, with a CKA of 1, and what it is by hand above", async () => {
    const blocks = await layerMovement({ engine, before, after, sets: [validation.samples, ood.samples] });
    expect(blocks.map(({ output }) => output)).toEqual(findBlocks(before).map(({ output }) => output));
    expect(blocks.length).toBeGreaterThan(2);
    for (const { distance, cka, norm } of blocks[0]!.moved) {
      expect([distance, cka]).toEqual([0, 1]);
      expect(norm).toBeGreaterThan(0);
    }
    const { output, shape, averaged, moved: seen } = blocks[2]!;
    expect(averaged).toBe(false);
    const sets = [
      [validation.data, 20],
      [ood.data, 7],
    ] as const;
    for (const [i, [data, count]] of sets.entries()) {
      const [a0, aT] = [await valueOf(before, output, data, count), await valueOf(after, output, data, count)];
      const size = a0.length / count;
      expect(size).toBe(shape.reduce((a, b) => a * b, 1));
      const mean = (of: (at: number) => number): number =>
        Array.from({ length: count }, (__, n) => {
          let square = 0;
          for (let j = n * size; j < (n + 1) * size; j++) square += of(j) ** 2;
          return Math.sqrt(square) / count;
        }).reduce((a, b) => a + b, 0);
      expect(seen[i]!.distance).toBeCloseTo(
        mean((j) => aT[j]! - a0[j]!),
        4,
      );
      expect(seen[i]!.distance).toBeGreaterThan(0);
      expect(seen[i]!.norm).toBeCloseTo(
        mean((j) => a0[j]!),
        4,
      );
      expect(seen[i]!.cka).toBeCloseTo(linearCka(a0, aT, count)!, 5);
      expect(seen[i]!.cka).toBeLessThan(1);
    }
  });
});

test("looks at 250 samples at most, evenly spaced", async () => {
  const before = open(residualNetwork());
  const many = noise(600, 3);
  const chosen = Float32Array.from(
    Array.from({ length: 250 }, (_, i) => [
      ...many.data.subarray(192 * Math.floor((i * 600) / 250)).subarray(0, 192),
    ]).flat(),
  );
  const [block] = await layerMovement({ engine, before, after: moved(before, 0), sets: [many.samples] });
  const a0 = await valueOf(before, block!.output, chosen, 250);
  const aT = await valueOf(moved(before, 0), block!.output, chosen, 250);
  expect(block!.moved[0]!.cka).toBeCloseTo(linearCka(a0, aT, 250)!, 5);
});

test("of texts it is the mean over a text's own tokens, block by block, whatever pads them", async () => {
  const before = open(textNetwork().bytes);
  const after = moved(before, 0);
  const samples = texts(12, 5);
  const [first, last] = await layerMovement({ engine, before, after, sets: [samples] });
  expect([first!.shape, first!.pooled, last!.pooled]).toEqual([[6], true, false]);
  // Each text alone, where nothing is padded, by sessions of their own.
  const means: Float32Array[] = [];
  for (const { model } of [before, after]) {
    const graph = { ...model.graph, outputs: [{ name: first!.output }] };
    const session = await ort.InferenceSession.create(writeModel({ ...model, graph }));
    const rows: number[] = [];
    for (let n = 0; n < samples.count; n++) {
      const value = (await session.run((await samples.feeds([n])) as Record<string, ort.Tensor>))[first!.output]!;
      const [tokens, data] = [value.dims[1]!, value.data as Float32Array];
      for (let j = 0; j < 6; j++) rows.push(data.reduce((sum, v, i) => (i % 6 === j ? sum + v / tokens : sum), 0));
    }
    means.push(Float32Array.from(rows));
  }
  const [a0, aT] = means as [Float32Array, Float32Array];
  const distances = Array.from({ length: samples.count }, (_, n) =>
    Math.hypot(...a0.subarray(6 * n, 6 * n + 6).map((a, j) => aT[6 * n + j]! - a)),
  );
  expect(first!.moved[0]!.distance).toBeCloseTo(distances.reduce((a, b) => a + b, 0) / samples.count, 5);
  expect(first!.moved[0]!.distance).toBeGreaterThan(0.01);
  expect(first!.moved[0]!.cka).toBeCloseTo(linearCka(a0, aT, samples.count)!, 5);
});
