import { adamw, loadModel, sgd, writeModel } from "@taskhead/autograd";
import { expect, test } from "vitest";
import { backbone, classes, coloured, engine, head, pixels, tinyNetwork } from "../../test/tiny-task.js";
import { openBackbone } from "../backbone/backbone.js";
import { argmax } from "../objectives/energy.js";
import { DivergedError } from "../engine/errors.js";
import { exportModel } from "./export.js";
import { extractFeatures, withSession } from "../backbone/features.js";
import { finetune, type FinetuneOptions, type FinetuneResult, type Interrupted } from "./finetune.js";
import { linearHead } from "../heads/index.js";
import type { Schedule } from "./schedule.js";

const options: FinetuneOptions = {
  engine,
  backbone,
  head,
  images: coloured(50, 1),
  validation: coloured(20, 2),
  classes,
  epochs: 4,
  batch: 16,
  learningRate: 0.05,
  seed: 5,
};

function finished(outcome: FinetuneResult | Interrupted): FinetuneResult {
  if (outcome.interrupted) throw new Error("the run was interrupted");
  return outcome;
}

test("the features are the last linear layer's input, and its weights are not trained", () => {
  expect(backbone).toMatchObject({
    width: 6,
    inputName: "pixels",
    inputType: "uint8",
    inputShape: ["batch", 3, 8, 8],
    parameterCount: 168,
  });
  expect(backbone.parameters).toEqual(["conv.weight", "conv.bias"]);
  expect(backbone.found).toMatch(/input of the last linear layer/);
});

test("a wrong feature name and a missing size are explained", () => {
  expect(() => openBackbone(tinyNetwork(), { features: "imag", pixels, size: { height: 8, width: 8 } })).toThrow(
    /no value 'imag'; close names are 'image'/,
  );
  expect(() => openBackbone(tinyNetwork(), { pixels })).toThrow(/--size/);
});

test("fine-tuning learns, and reports how far the features moved", async () => {
  const run = finished(await finetune({ ...options, epochs: 10 }));
  expect(run.epochs).toHaveLength(10);
  expect(run.epochs.at(-1)!.loss).toBeLessThan(run.epochs[0]!.loss);
  expect(run.epochs[run.bestEpoch - 1]!.validationScore).toBe(Math.max(...run.epochs.map((e) => e.validationScore)));
  expect(run.bestHits).toMatch(/^[01]{20}$/);
  expect([...run.bestHits].filter((hit) => hit === "1").length / 20).toBe(
    run.epochs[run.bestEpoch - 1]!.validationScore,
  );
  expect(run.adaptation.train.euclidean).toBeGreaterThan(0);
  expect(run.adaptation.train.cosine).toBeLessThan(1);
});

test("at rate 0 nothing moves", async () => {
  const run = finished(await finetune({ ...options, epochs: 1, learningRate: 0 }));
  expect(run.adaptation.train.euclidean).toBeLessThan(1e-5);
  expect(run.adaptation.validation.cosine).toBeCloseTo(1, 6);
});

test("a run stopped at any step resumes to the same result, bit for bit, through JSON", async () => {
  const whole = finished(await finetune(options));
  for (const stopAt of [0, 2, 4, 7, 15]) {
    let steps = 0;
    const { interrupted } = (await finetune({
      ...options,
      shouldStop: () => steps === stopAt,
      onStep: () => steps++,
    })) as Interrupted;
    const checkpoint = {
      tensors: interrupted.tensors,
      json: JSON.parse(JSON.stringify(interrupted.json)) as typeof interrupted.json,
    };
    expect(finished(await finetune({ ...options, checkpoint }))).toEqual(whole);
  }
});

test("a checkpoint of other options is refused", async () => {
  const { interrupted } = (await finetune({ ...options, shouldStop: () => true })) as Interrupted;
  await expect(finetune({ ...options, batch: 8, checkpoint: interrupted })).rejects.toThrow(/batch 16, not 8/);
});

test("a run that diverges says in which epoch", async () => {
  const error: unknown = await finetune({ ...options, learningRate: 1e30 }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DivergedError);
  expect((error as DivergedError).epoch).toBe(1);
});

test("the exported model computes the fine-tuned logits under the name asked for", async () => {
  const run = finished(await finetune({ ...options, epochs: 2 }));
  const model = loadModel(writeModel(exportModel(backbone, linearHead(), classes, run.last, { logitsName: "scores" })));
  expect(model.graph.outputs.map((o) => o.name)).toEqual(["scores"]);
  const image = new Uint8Array(192);
  await options.validation.gather([0], image);
  const outputs = await withSession(engine, model, (s) =>
    s.run({ pixels: engine.tensor("uint8", image, [1, 3, 8, 8]) }),
  );
  const [w, b] = [run.last.get("head.weight")!, run.last.get("head.bias")!];
  const z = run.after.validation.subarray(0, 6);
  const expected = Array.from(b, (bias, c) => bias + z.reduce((sum, v, i) => sum + v * w[c * 6 + i]!, 0));
  (outputs["scores"]!.data as Float32Array).forEach((q, c) => expect(q).toBeCloseTo(expected[c]!, 4));
});

test("features are extracted in order whatever the batch", async () => {
  const [a, b] = [
    await extractFeatures(engine, backbone, options.images, { batch: 7 }),
    await extractFeatures(engine, backbone, options.images, { batch: 50 }),
  ];
  a!.forEach((v, i) => expect(v).toBeCloseTo(b![i]!, 5));
});

test("a run whose loss explodes without overflowing counts as diverged", async () => {
  const first = { step: undefined as number | undefined };
  const error: unknown = await finetune({
    ...options,
    learningRate: 300,
    onStep: ({ loss }) => void (first.step ??= loss),
  }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DivergedError);
  const { loss } = error as DivergedError;
  expect(Number.isFinite(loss)).toBe(true);
  expect(loss).toBeGreaterThan(10 * Math.max(first.step!, Math.log(classes)));
});

test("weight decay takes off weights, not off biases", async () => {
  const after = async (weightDecay: number) =>
    finished(await finetune({ ...options, epochs: 1, batch: 50, optimizer: sgd({ weightDecay }) })).last;
  const [plain, decayed] = [await after(0), await after(0.5)];
  const touched = [...plain.keys()].filter((name) => plain.get(name)!.some((v, i) => v !== decayed.get(name)![i]));
  expect(touched).toEqual(["conv.weight", "head.weight"]);
});

test("the rate follows the schedule from step to step", async () => {
  // Plain SGD at rate η moves a parameter by η · gradient: with one batch per epoch the first step shows the warm-up.
  const moved = async (schedule?: Schedule): Promise<number> => {
    const sgdOnce = { epochs: 1, batch: 50, optimizer: sgd({ momentum: 0 }), schedule };
    const { last } = finished(await finetune({ ...options, ...sgdOnce }));
    return last.get("head.bias")![0]! - head.get("head.bias")![0]!;
  };
  const whole = await moved();
  expect((await moved({ kind: "cosine", warmup: 1 })) / whole).toBeCloseTo(0.5, 4);
});

test("training stops when patience is over, and keeps the best epoch", async () => {
  const whole = finished(await finetune({ ...options, epochs: 12 }));
  const accuracies = whole.epochs.map((e) => e.validationScore);
  for (const patience of [1, 3]) {
    const { epochs, bestEpoch } = finished(await finetune({ ...options, epochs: 12, patience }));
    // The same epochs as without, up to the first run of `patience` that brought nothing better.
    let [record, best, stop] = [-1, 0, accuracies.length];
    for (const [i, accuracy] of accuracies.entries()) {
      if (accuracy > record) [record, best] = [accuracy, i + 1];
      if (i + 1 - best >= patience) {
        stop = i + 1;
        break;
      }
    }
    expect(epochs).toEqual(whole.epochs.slice(0, stop));
    expect(bestEpoch).toBe(best);
    expect(stop).toBeLessThan(12);
  }
});

test("class weights count samples of a class more", async () => {
  const right = async (classWeights?: number[]): Promise<number> => {
    const { after, last } = finished(await finetune({ ...options, epochs: 2, learningRate: 0.01, classWeights }));
    const [w, b] = [last.get("head.weight")!, last.get("head.bias")!];
    const logits = Array.from({ length: 50 * classes }, (_, i) => {
      const [n, c] = [Math.floor(i / classes), i % classes];
      return after.train.subarray(6 * n, 6 * n + 6).reduce((sum, z, j) => sum + z * w[6 * c + j]!, b[c]!);
    });
    return argmax(logits, classes).filter((c) => c === 1).length;
  };
  expect(await right([1, 50, 1])).toBe(50);
  expect(await right()).toBeLessThan(50);
});

test("with schedule and augmentation, a run stopped in mid-epoch resumes bit for bit", async () => {
  const demanding: FinetuneOptions = {
    ...options,
    epochs: 3,
    schedule: { kind: "cosine", warmup: 0.2 },
    augment: ["flip", "shift", "crop", "colour"],
    clipNorm: 0.5,
    classWeights: [1, 2, 0.5],
    optimizer: adamw(),
    learningRate: 0.01,
  };
  const whole = finished(await finetune(demanding));
  for (const stopAt of [1, 6]) {
    let steps = 0;
    const stopping = { shouldStop: () => steps === stopAt, onStep: () => void steps++ };
    const { interrupted } = (await finetune({ ...demanding, ...stopping })) as Interrupted;
    expect(finished(await finetune({ ...demanding, checkpoint: interrupted }))).toEqual(whole);
    const otherwise = finetune({ ...demanding, augment: ["flip"], checkpoint: interrupted });
    await expect(otherwise).rejects.toThrow(/augmentation flip,shift,crop,colour, not flip/);
  }
  expect(finished(await finetune({ ...demanding, augment: [] }))).not.toEqual(whole);
});

test("validation images are never augmented", async () => {
  const plain = finished(await finetune({ ...options, epochs: 1, learningRate: 0 }));
  const { epochs, after } = finished(
    await finetune({ ...options, epochs: 1, learningRate: 0, augment: ["crop", "colour"] }),
  );
  expect(after).toEqual(plain.after);
  expect(epochs[0]!.validationLoss).toBe(plain.epochs[0]!.validationLoss);
  expect(epochs[0]!.loss).not.toBe(plain.epochs[0]!.loss);
});
