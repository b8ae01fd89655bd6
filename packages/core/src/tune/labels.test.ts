import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { samplesOf } from "../data/samples.js";
import { classTargets } from "../data/targets.js";
import { normals, random } from "../data/random.js";
import { createEngine } from "../engine/create-engine.js";
import { identityBackbone } from "../heads/index.js";
import { classification } from "../objectives/classification.js";
import { labelsToCheck } from "./labels.js";
import { settle } from "./settings/index.js";
import { memoryStore } from "./store/store.js";

test("below blocks that start afresh labels are checked on means over positions", async () => {
  const [count, channels, positions] = [60, 2, 4];
  const classes = Array.from({ length: count }, (_, n) => n % 2);
  const wrong = 6;
  const targets = classTargets(classes.map((y, n) => (n === wrong ? 1 - y : y)));
  const samples = samplesOf(targets, () => ({}));
  // What tells the classes apart is the mean of a channel; each position is mostly noise that the others cancel.
  const noise = normals(count * channels * positions, 3, random(1));
  const maps = noise.map((v, i) => {
    const [n, channel] = [Math.floor(i / positions / channels), Math.floor(i / positions) % channels];
    const first = i - (i % positions);
    const mean = noise.subarray(first, first + positions).reduce((sum, one) => sum + one, 0) / positions;
    return v - mean + (classes[n] === channel ? 2 : 0) + 0.05 * v;
  });
  const means = Float32Array.from({ length: count * channels }, (_, at) =>
    maps.subarray(at * positions, (at + 1) * positions).reduce((sum, v) => sum + v / positions, 0),
  );
  const listed = (features: Float32Array, shape: number[] | null) =>
    labelsToCheck(
      {
        network: {
          blocks: shape && {
            ...identityBackbone(1),
            inputs: [{ name: "z", dtype: "float32", shape: ["n", ...shape] }],
          },
        },
        data: {
          engine: createEngine(ort, { threads: 1 }),
          objective: classification(2),
          train: samples,
          validation: samples,
          test: null,
          ood: [],
        },
        sets: { train: { source: samples }, validation: { source: samples } },
        outputs: ["a", "b"],
        settings: settle(),
        store: memoryStore(),
      },
      { before: { train: features, validation: features } },
    );
  const found = await listed(maps, [channels, 2, 2]);
  expect(found!.list.map(({ index }) => index)).toEqual([wrong]);
  expect(found).toEqual(await listed(means, null));
});
