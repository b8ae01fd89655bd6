import { adamw, sgd, type Optimizer } from "@taskhead/autograd";
import { expect, test } from "vitest";
import { classes, data, engine, objective } from "../../test/tiny-task.js";
import { textNetwork, texts } from "../../test/texts.js";
import { openBackbone, type Backbone } from "../backbone/backbone.js";
import { findBlocks } from "../backbone/blocks.js";
import { freezeUntil } from "../backbone/frozen.js";
import { random } from "../data/random.js";
import { selected, type Samples } from "../data/samples.js";
import { targetTensor } from "../data/targets.js";
import { linearHead } from "../heads/index.js";
import type { FinetuneCheckpoint } from "./checkpoint.js";
import { finetune } from "./finetune.js";
import type { FinetuneResult, RunOptions } from "./options.js";
import { finetuneOrPause } from "./run.js";
import { rangeTest } from "./range-test.js";
import { createTrainer } from "./training-setup.js";

const { bytes, between } = textNetwork();
const backbone = openBackbone(bytes);
const head = linearHead({ start: { kind: "normal", deviation: 0.3 } }).initial(random(1), backbone.width, classes);
const options: RunOptions = { head, epochs: 2, batch: 8, learningRate: 0.05, clipNorm: 1, seed: 2 };
// The last batch of an epoch has fewer samples than there are parts.
const count = 8 * 3 + 3;
const validation = texts(9, 5);
const run = (train: Samples, given: Partial<RunOptions> = {}, on: Backbone = backbone): Promise<FinetuneResult> =>
  finetune(on, data(train, validation), { ...options, ...given });
const [whole, inParts] = [texts(count, 4), texts(count, 4, { parts: 4 })];

function expectClose(actual: FinetuneResult, expected: FinetuneResult): void {
  expect([...actual.last.keys()]).toEqual([...expected.last.keys()]);
  for (const [name, weights] of expected.last)
    weights.forEach((w, i) => expect(Math.abs(actual.last.get(name)![i]! - w), name).toBeLessThan(2e-5));
  const losses = ({ epochs }: FinetuneResult): number[] =>
    epochs.flatMap((e) => [e.loss, e.trainScore, e.validationLoss]);
  losses(expected).forEach((loss, i) => expect(losses(actual)[i]).toBeCloseTo(loss, 5));
}

/** What `createTrainer` takes of a batch: tokens, padding among them. */
async function tokensOf(samples: Samples, indices: readonly number[]): Promise<number> {
  const { feeds, trainer } = await createTrainer(backbone, { engine, objective }, { head, batch: 8, seed: 0 }, [
    samples,
  ]);
  await trainer.release();
  const fed = Object.entries(await feeds(samples, indices)).filter(([name]) => name.endsWith("ids"));
  return fed.reduce((sum, [, { dims }]) => sum + dims[0]! * dims[1]!, 0);
}

test("a run whose batches go in parts comes to what one with whole batches does, its last and short ones too", async () => {
  expectClose(await run(inParts), await run(whole));
});

test("a step in parts leaves the parameters that a whole one leaves, for sgd and adamw", async () => {
  const after = async (samples: Samples, optimizer: Optimizer) => {
    const given = { head, batch: 8, seed: 0, optimizer };
    const { trainer, feeds } = await createTrainer(backbone, { engine, objective }, given, [samples]);
    const batch = samples.batches([0, 1, 2, 3, 4, 5, 6, 7], 8)[0]!;
    const target = targetTensor(engine, selected(samples, batch).targets);
    const { loss, logits } = await trainer.step({ ...(await feeds(samples, batch)), target }, 1e-3);
    const { tensors } = await trainer.save();
    await trainer.release();
    return new Map([...tensors, ["loss", Float32Array.of(loss)], ["logits", logits]]);
  };
  for (const optimizer of [sgd({ momentum: 0.9 }), adamw()]) {
    const [one, other] = [await after(whole, optimizer), await after(inParts, optimizer)];
    for (const [name, values] of one) {
      const most = values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      values.forEach((v, i) => expect(Math.abs(other.get(name)![i]! - v), name).toBeLessThanOrEqual(1e-5 * most));
    }
  }
});

test("each part is padded to its own longest", async () => {
  const batch = whole.batches([0, 1, 2, 3, 4, 5, 6, 7], 8)[0]!;
  const { ids } = await whole.feeds(batch);
  const lengths = await Promise.all(batch.map(async (n) => (await whole.feeds([n]))["ids"]!.dims[1]!));
  expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
  const own = [1, 3, 5, 7].reduce((sum, last) => sum + 2 * lengths[last]!, 0);
  expect(await tokensOf(inParts, batch)).toBe(own);
  expect(await tokensOf(whole, batch)).toBe(8 * ids!.dims[1]!);
  expect(own).toBeLessThan(8 * ids!.dims[1]!);
});

test("what lies below a frozen block is kept without padding, to the same result, in parts and whole", async () => {
  expect(findBlocks(backbone).map(({ inputShape }) => inputShape)).toEqual([
    ["tokens", 6],
    ["tokens", 6],
  ]);
  const frozen = freezeUntil(backbone, 1);
  const again = await run(whole, { cacheBytes: 0 }, frozen);
  const places = async (samples: Samples): Promise<number> => {
    let sum = 0;
    for (let n = 0; n < samples.count; n++) sum += (await samples.feeds([n]))["ids"]!.dims[1]!;
    return sum;
  };
  const kept = 4 * 6 * ((await places(whole)) + (await places(validation)));
  expect(again.frozen).toEqual({ ends: [between], bytes: kept, cached: false });
  for (const samples of [whole, inParts, texts(count, 4, { parts: 4, padding: "left" })]) {
    const cached = await run(samples, {}, frozen);
    expect(cached.frozen).toEqual({ ends: [between], bytes: kept, cached: true });
    expectClose(cached, again);
  }
});

test("a run that was stopped goes on in parts as if it never had been, and in whole batches too", async () => {
  let [steps, checkpoint] = [0, undefined as FinetuneCheckpoint | undefined];
  const paused = await finetuneOrPause(backbone, data(inParts, validation), {
    ...options,
    shouldPause: () => steps === 6,
    onStep: () => void steps++,
    onCheckpoint: (one) => void (checkpoint = one),
  });
  expect([paused, checkpoint!.json.step]).toEqual([null, 6]);
  const through = await run(inParts);
  expect((await run(inParts, { checkpoint })).last).toEqual(through.last);
  expectClose(await run(whole, { checkpoint }), through);
});

test("the rate that is found does not depend on parts", async () => {
  const range = { head, batch: 8, clipNorm: 1, seed: 2, from: 1e-3, to: 1, steps: 6 };
  const [one, other] = [await rangeTest(backbone, data(whole), range), await rangeTest(backbone, data(inParts), range)];
  expect(other.rate).toBe(one.rate);
  one.changes.forEach((change, i) => expect(other.changes[i]).toBeCloseTo(change, 4));
});
