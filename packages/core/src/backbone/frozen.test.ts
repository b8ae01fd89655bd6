import { sgd } from "@taskhead/autograd";
import { expect, test } from "vitest";
import { residualNetwork, stagedNetwork } from "../../test/networks.js";
import { coloured, data } from "../../test/tiny-task.js";
import { openBackbone, type Backbone } from "./backbone.js";
import { finetune } from "../finetune/finetune.js";
import type { FinetuneOptions, FinetuneResult } from "../finetune/options.js";
import { freezeUntil, splitFrozen } from "./frozen.js";
import { linearHead, withHead } from "../heads/index.js";
import { findBlocks } from "./blocks.js";
import { random } from "../data/random.js";
import type { Samples } from "../data/samples.js";
import { images } from "../images/modality.js";

const pixels = { mean: [0.5, 0.5, 0.5], std: [0.3, 0.3, 0.3], rescale: 1 / 255 };
const modality = images({ pixels });
const backbone = openBackbone(residualNetwork(), { modality });
const [train24, validation] = [coloured(24, 1), coloured(12, 2)];

async function train(
  frozen: Backbone,
  options: Partial<FinetuneOptions> = {},
  samples: Samples = train24,
): Promise<FinetuneResult> {
  return finetune(frozen, data(samples, validation), {
    head: linearHead().initial(random(1), frozen.width, 3),
    epochs: 3,
    batch: 8,
    learningRate: 0.1,
    optimizer: sgd({ momentum: 0.9 }),
    seed: 1,
    ...options,
  });
}

test("parameters below the cut are constants, given as a block or as a value", () => {
  const byBlock = freezeUntil(backbone, 2);
  expect(byBlock.parameters.every((name) => name.startsWith("r2"))).toBe(true);
  expect(byBlock.parameters).toEqual(backbone.parameters.filter((name) => name.startsWith("r2")));
  const byName = freezeUntil(backbone, findBlocks(backbone)[1]!.output);
  expect(byName).toEqual(byBlock);
  expect(byBlock.parameterCount).toBeLessThan(backbone.parameterCount);
});

test("a cut that is not there is explained", () => {
  expect(() => freezeUntil(backbone, 4)).toThrow(/has 3 blocks.*freeze 1 to 3/);
  expect(() => freezeUntil(backbone, "layer9")).toThrow(/no value 'layer9'; close names are/);
  expect(() => freezeUntil(backbone, "pixels")).toThrow(/nothing would be frozen/);
});

test("the frozen part is computed once, to the same result as computing it in every step", async () => {
  const frozen = freezeUntil(backbone, 2);
  const [cached, again] = [await train(frozen), await train(frozen, { cacheBytes: 0 })];
  const bytes = 4 * 4 * 64 * 36;
  expect(cached.frozen).toEqual({ ends: [findBlocks(backbone)[1]!.output], bytes, cached: true });
  expect(again.frozen).toEqual({ ...cached.frozen, cached: false });
  expect([...cached.last.keys()]).toEqual([...frozen.parameters, "head.weight", "head.bias"]);
  for (const [name, weights] of cached.last)
    weights.forEach((w, i) => expect(w).toBeCloseTo(again.last.get(name)![i]!, 5));
  expect(cached.adaptation.train.euclidean).toBeGreaterThan(0.01);
  expect(cached.adaptation.train.euclidean).toBeCloseTo(again.adaptation.train.euclidean, 4);
});

test("what runs per step holds no frozen layer; with everything frozen it is the head alone", () => {
  const upperOf = (until: number) => {
    const { parameters } = freezeUntil(backbone, until);
    const headed = withHead(backbone, linearHead(), 3, linearHead().initial(random(1), backbone.width, 3));
    return splitFrozen(headed, ["pixels"], [...parameters, "head.weight", "head.bias"])!;
  };
  const convolutions = (until: number): number =>
    upperOf(until).upper.graph.nodes.filter((n) => n.opType === "Conv").length;
  expect([convolutions(1), convolutions(2), convolutions(3)]).toEqual([4, 2, 0]);
  expect(upperOf(3)).toMatchObject({ readsInputs: [], values: [{ shape: [4] }] });
  const staged = openBackbone(stagedNetwork(), { modality });
  const all = withHead(staged, linearHead(), 3, linearHead().initial(random(1), staged.width, 3));
  expect(splitFrozen(all, ["pixels"], [...staged.parameters, "head.weight", "head.bias"])).toBeUndefined();
});

test("augmented images are not taken from what was computed of the plain ones", async () => {
  const frozen = freezeUntil(backbone, 2);
  const changing = coloured(24, 1, ["flip", "crop", "colour"]);
  const run = await train(frozen, { epochs: 1 }, changing);
  expect(run.frozen).toEqual({ ...(await train(frozen, { epochs: 1 })).frozen, cached: false });
  // The epoch's images, changed beforehand.
  const changed = await train(frozen, { epochs: 1, cacheBytes: 0 }, changing.inEpoch!(1, 1));
  expect(run.last).toEqual(changed.last);
  expect(run.last).not.toEqual((await train(frozen, { epochs: 1, cacheBytes: 0 })).last);
});
