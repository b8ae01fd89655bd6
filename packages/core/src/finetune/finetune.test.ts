import { adamw, loadModel, sgd, writeModel } from "@taskhead/autograd";
import { expect, test } from "vitest";
import {
  backbone,
  classes,
  coloured,
  data as task,
  engine,
  head,
  modality,
  objective,
  pixels,
  tinyNetwork,
} from "../../test/tiny-task.js";
import { openBackbone } from "../backbone/backbone.js";
import { classification } from "../objectives/classification.js";
import { argmax } from "../objectives/logits.js";
import { runSamples } from "../data/run-samples.js";
import { selected, type Samples } from "../data/samples.js";
import { images } from "../images/modality.js";
import type { Augmentation } from "../images/augmentation/index.js";
import type { Data } from "../probe/data.js";
import type { FinetuneCheckpoint } from "./checkpoint.js";
import { DataError } from "../given/errors.js";
import type { Engine } from "../engine/engine.js";
import { DivergedError } from "../engine/errors.js";
import { probe, type ProbeOptions } from "../probe/probe.js";
import { aroundStart } from "./around-start.js";
import { exportModel } from "./export.js";
import { extractFeatures } from "../backbone/features.js";
import { withSession } from "../engine/with-session.js";
import { finetune } from "./finetune.js";
import type { FinetuneOptions, RunOptions } from "./options.js";
import { finetuneOrPause } from "./run.js";
import { linearHead } from "../heads/index.js";
import type { Schedule } from "./schedule.js";

const data = task(coloured(50, 1), coloured(20, 2));
const options: RunOptions = {
  head,
  epochs: 4,
  batch: 16,
  learningRate: 0.05,
  clipNorm: 1,
  seed: 5,
};

/** The checkpoint that a run leaves which is stopped by its signal before a step. */
async function stopped(on: Data, given: RunOptions, before: number): Promise<FinetuneCheckpoint> {
  const stop = new AbortController();
  const reason = new Error("enough");
  let [steps, checkpoint] = [0, undefined as FinetuneCheckpoint | undefined];
  if (before === 0) stop.abort(reason);
  const run = finetune(backbone, on, {
    ...given,
    signal: stop.signal,
    onStep: () => void (++steps === before && stop.abort(reason)),
    onCheckpoint: (one, why) => void (why === "stop" && (checkpoint = one)),
  });
  await expect(run).rejects.toBe(reason);
  expect(steps).toBe(before);
  return checkpoint!;
}

/** The checkpoint that a run leaves which is paused before a step. */
async function paused(on: Data, given: RunOptions, before: number): Promise<FinetuneCheckpoint> {
  let last: FinetuneCheckpoint | undefined;
  const outcome = await finetuneOrPause(backbone, on, {
    ...given,
    onCheckpoint: (one) => void (last = one),
    shouldPause: (steps) => steps === before,
  });
  expect(outcome).toBeNull();
  expect(last!.json.step).toBe(before);
  return last!;
}

test("the features are the last linear layer's input, and its weights are not trained", () => {
  expect(backbone).toMatchObject({
    width: 6,
    inputs: [{ name: "pixels", dtype: "uint8", shape: ["batch", 3, 8, 8] }],
    parameterCount: 168,
  });
  expect(backbone.parameters).toEqual(["conv.weight", "conv.bias"]);
  expect(backbone.found).toMatch(/input of the last linear layer/);
});

test("a wrong feature name and a missing size are explained", () => {
  expect(() => openBackbone(tinyNetwork(), { features: "imag", modality })).toThrow(
    /no value 'imag'; close names are 'image'/,
  );
  expect(() => openBackbone(tinyNetwork(), { modality: images({ pixels }) })).toThrow(/choose one by option size/);
});

test("fine-tuning learns, and reports how far the features moved", async () => {
  const run = await finetune(backbone, data, { ...options, epochs: 10 });
  expect(run.epochs).toHaveLength(10);
  expect(run.epochs.at(-1)!.loss).toBeLessThan(run.epochs[0]!.loss);
  expect(run.epochs[run.bestEpoch - 1]!.validationScore).toBe(Math.max(...run.epochs.map((e) => e.validationScore)));
  expect(run.bestHits).toMatch(/^[01]{20}$/);
  expect([...run.bestHits!].filter((hit) => hit === "1").length / 20).toBe(
    run.epochs[run.bestEpoch - 1]!.validationScore,
  );
  expect(run.adaptation.train.euclidean).toBeGreaterThan(0);
  expect(run.adaptation.train.cosine).toBeLessThan(1);
});

test("at rate 0 nothing moves", async () => {
  const run = await finetune(backbone, data, { ...options, epochs: 1, learningRate: 0 });
  expect(run.adaptation.train.euclidean).toBeLessThan(1e-5);
  expect(run.adaptation.validation.cosine).toBeCloseTo(1, 6);
});

test("a run stopped at any step resumes to the same result, bit for bit, through JSON", async () => {
  const whole = await finetune(backbone, data, options);
  for (const stopAt of [0, 2, 4, 7, 15])
    for (const { tensors, json } of [await stopped(data, options, stopAt), await paused(data, options, stopAt)]) {
      const checkpoint = { tensors, json: JSON.parse(JSON.stringify(json)) as typeof json };
      expect(await finetune(backbone, data, { ...options, checkpoint })).toEqual(whole);
    }
});

test("numbers that make no sense are refused before anything is computed", async () => {
  const z = new Float32Array(3 * backbone.width);
  await expect(finetune(backbone, data, { ...options, patience: 0 })).rejects.toThrow(/patience/);
  await expect(finetune(backbone, data, { ...options, before: { train: z, validation: z } })).rejects.toThrow(
    /before\.train holds \d+ numbers, but z_0 of that set has \d+/,
  );
  for (const [wrong, message] of [
    [{ taus: [-1] }, /taus wants a list of numbers from 0, .* not \[-1\]/],
    [{ taus: [NaN] }, /taus/],
    [{ learningRate: -1 }, /learningRate/],
    [{ momentum: 1 }, /momentum/],
    [{ penalty: -1 }, /penalty/],
    [{ seed: NaN }, /^seed wants a whole number, not NaN$/],
    [{ optimizer: "adam" }, /^optimizer wants sgd or adamw, not 'adam'$/],
    [{ learningRate: "0.1" }, /^learningRate wants a number of at least 0, not '0.1'$/],
    [{ lr: 0.1 }, /^probe has no option 'lr'; leave it out, or take one of epochs, batch, .*signal$/],
    [{ signal: new AbortController() }, /^signal wants an AbortSignal, .*, not an AbortController$/],
  ] as const)
    await expect(probe(backbone, data, wrong as ProbeOptions)).rejects.toThrow(message);
  for (const [wrong, message] of [
    [{ head: { head } }, /^head wants the weights of a head by their names, such as the head of a stop, not \{/],
    [{ batchNorm: "nope" }, /^batchNorm wants frozen or train, not 'nope'$/],
    [{ saveEvery: NaN }, /^saveEvery wants a whole number of at least 1, not NaN$/],
    [{ classWeights: [0, 0] }, /^classWeights wants .* some of them above 0, not \[0,0\]$/],
    [{ schedule: "linear" }, /^schedule wants a kind .*, not 'linear'$/],
    [{ taus: [1] }, /^finetune has no option 'taus'/],
  ] as const)
    await expect(finetune(backbone, data, { ...options, ...(wrong as Partial<FinetuneOptions>) })).rejects.toThrow(
      message,
    );
  await expect(probe(backbone, { ...data, objective: classification as never })).rejects.toThrow(
    "data.objective wants an objective, such as classification(10), not a function",
  );
});

test("a checkpoint of other options is refused", async () => {
  const checkpoint = await stopped(data, options, 0);
  await expect(finetune(backbone, data, { ...options, batch: 8, checkpoint })).rejects.toThrow(/batch 16, not 8/);
});

test.each<[string, Partial<RunOptions>, RegExp]>([
  ["optimizer", { optimizer: adamw() }, /optimizer sgd, momentum 0.9, weightDecay 0, not adamw, beta1 0.9, /],
  ["momentum", { optimizer: sgd({ momentum: 0.5 }) }, /optimizer .*momentum 0.9, .*, not sgd, momentum 0.5, /],
  ["decay", { optimizer: sgd({ weightDecay: 0.1 }) }, /optimizer .*weightDecay 0, not .*weightDecay 0.1;/],
  [
    "factors on the rate",
    { rateMultiplier: (name) => (name.startsWith("head") ? 2 : 1) },
    /factors on the rate 1 \(for 4\), not 1 \(for 2\), 2 \(for 2\);/,
  ],
  [
    "penalty",
    { penalty: aroundStart({ alpha: 0.1, beta: 0.01, fresh: head.keys() }) },
    /penalty none \(for 4\), not 0.1 around start \(for 2\), 0.01 around zero \(for 2\);/,
  ],
  [
    "onset",
    { onset: (name) => (name === "conv.bias" ? 9 : 1) },
    /first step 1 \(for 4\), not 1 \(for 1\), 9 \(for 1\)/,
  ],
])("a checkpoint of another %s is refused in one line, and one of the same goes on", async (_, other, message) => {
  const plain = await stopped(data, options, 0);
  const refused: unknown = await finetune(backbone, data, { ...options, ...other, checkpoint: plain }).catch((e) => e);
  expect(refused).toBeInstanceOf(DataError);
  expect((refused as DataError).message).toMatch(message);
  expect((refused as DataError).message).not.toContain("\n");
  const checkpoint = await stopped(data, { ...options, ...other }, 0);
  await finetune(backbone, data, { ...options, ...other, epochs: 1, checkpoint });
});

test("a start that is known is not measured again, and decides alike", async () => {
  const short = { ...options, epochs: 1 };
  const { stops } = await probe(backbone, data, { epochs: 1, seed: 1 });
  const stop = stops.at(-1)!;
  let sessions = 0;
  const counted: Engine = { ...engine, session: (...of) => (sessions++, engine.session(...of)) };
  const counting: Data = { ...data, engine: { ...counted, processor: counted } };
  const runs = [];
  for (const start of [undefined, stop]) {
    sessions = 0;
    runs.push({ run: await finetune(backbone, counting, { ...short, head: stop.head, start }), sessions });
  }
  expect(runs[1]!.run).toEqual(runs[0]!.run);
  expect(runs[1]!.sessions).toBe(runs[0]!.sessions - 1);
});

test("a run that diverges says in which epoch", async () => {
  const error: unknown = await finetune(backbone, data, { ...options, learningRate: 1e30 }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DivergedError);
  expect((error as DivergedError).epoch).toBe(1);
});

test("the exported model computes the fine-tuned logits", async () => {
  const run = await finetune(backbone, data, { ...options, epochs: 2 });
  const model = loadModel(writeModel(exportModel(backbone, linearHead(), objective, run.last)));
  expect(model.graph.outputs.map((o) => o.name)).toEqual(["logits"]);
  const outputs = await withSession(engine, model, (s) => runSamples(s, selected(data.validation, [0])));
  const [w, b] = [run.last.get("head.weight")!, run.last.get("head.bias")!];
  const z = run.after.validation.subarray(0, 6);
  const expected = Array.from(b, (bias, c) => bias + z.reduce((sum, v, i) => sum + v * w[c * 6 + i]!, 0));
  expect(outputs["logits"]).toHaveLength(classes);
  outputs["logits"]!.forEach((q, c) => expect(q).toBeCloseTo(expected[c]!, 4));
});

test("features are extracted in order whatever the batch", async () => {
  const [a, b] = [
    await extractFeatures(engine, backbone, data.train, { batch: 7 }),
    await extractFeatures(engine, backbone, data.train, { batch: 50 }),
  ];
  a.forEach((v, i) => expect(v).toBeCloseTo(b[i]!, 5));
});

test("a run whose loss explodes without overflowing counts as diverged", async () => {
  const first = { step: undefined as number | undefined };
  const error: unknown = await finetune(backbone, data, {
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
    (await finetune(backbone, data, { ...options, epochs: 1, batch: 50, optimizer: sgd({ weightDecay }) })).last;
  const [plain, decayed] = [await after(0), await after(0.5)];
  const touched = [...plain.keys()].filter((name) => plain.get(name)!.some((v, i) => v !== decayed.get(name)![i]));
  expect(touched).toEqual(["conv.weight", "head.weight"]);
});

test("the rate follows the schedule from step to step", async () => {
  // Plain SGD at rate η moves a parameter by η · gradient: with one batch per epoch the first step shows the warm-up.
  const moved = async (schedule?: Schedule): Promise<number> => {
    const sgdOnce = { epochs: 1, batch: 50, optimizer: sgd({ momentum: 0 }), schedule };
    const { last } = await finetune(backbone, data, { ...options, ...sgdOnce });
    return last.get("head.bias")![0]! - head.get("head.bias")![0]!;
  };
  const whole = await moved();
  expect((await moved({ kind: "cosine", warmup: 1 })) / whole).toBeCloseTo(0.5, 4);
});

test("training stops when patience is over, and keeps the best epoch", async () => {
  const whole = await finetune(backbone, data, { ...options, epochs: 12 });
  const accuracies = whole.epochs.map((e) => e.validationScore);
  for (const patience of [1, 3]) {
    const { epochs, bestEpoch } = await finetune(backbone, data, { ...options, epochs: 12, patience });
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
    const { after, last } = await finetune(backbone, data, { ...options, epochs: 2, learningRate: 0.01, classWeights });
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
  const demanding: RunOptions = {
    ...options,
    epochs: 3,
    schedule: { kind: "cosine", warmup: 0.2 },
    clipNorm: 0.5,
    classWeights: [1, 2, 0.5],
    optimizer: adamw(),
    learningRate: 0.01,
  };
  const changing = (...augment: Augmentation[]): Data => ({ ...data, train: coloured(50, 1, augment) });
  const on = changing("flip", "shift", "crop", "colour");
  const whole = await finetune(backbone, on, demanding);
  for (const stopAt of [1, 6]) {
    const checkpoint = await stopped(on, demanding, stopAt);
    expect(await finetune(backbone, on, { ...demanding, checkpoint })).toEqual(whole);
    const otherwise = finetune(backbone, changing("flip"), { ...demanding, checkpoint });
    await expect(otherwise).rejects.toThrow(/augmentation flip,shift,crop,colour, not flip/);
  }
  expect(await finetune(backbone, data, demanding)).not.toEqual(whole);
});

test("batches are made one ahead, in order and not beyond an epoch, and a slow one changes nothing", async () => {
  const asked: string[] = [];
  const slowly = (samples: Samples, name: string): Samples => ({
    ...samples,
    async feeds(indices) {
      asked.push(name);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return samples.feeds(indices);
    },
  });
  const short = { ...options, epochs: 2 };
  const slow = task(slowly(data.train, "train"), slowly(data.validation, "validation"));
  const before = { train: new Float32Array(50 * backbone.width), validation: new Float32Array(20 * backbone.width) };
  const run = await finetune(backbone, slow, { ...short, before, onStep: ({ batch }) => void asked.push(`${batch}`) });
  const plain = await finetune(backbone, data, { ...short, before });
  expect(run).toEqual(plain);
  // Four batches an epoch, of 50 samples; the first is made when it is taken, and each other one before the step before it.
  const epoch = ["train", "train", "1", "train", "2", "train", "3", "4", "validation"];
  expect(asked.slice(asked.indexOf("1") - 2).slice(0, 18)).toEqual([...epoch, ...epoch]);
});

test("a batch that cannot be made fails before its own step, and not at all where the run stops before", async () => {
  let made = 0;
  const broken: Samples = {
    ...data.train,
    // A sample is looked at first, to see whether it fits.
    feeds: (indices) =>
      indices.length > 1 && ++made === 3 ? Promise.reject(new Error("torn")) : data.train.feeds(indices),
  };
  const before = { train: new Float32Array(50 * backbone.width), validation: new Float32Array(20 * backbone.width) };
  const steps: number[] = [];
  const given: RunOptions = { ...options, before, onStep: ({ batch }) => void steps.push(batch) };
  await expect(finetune(backbone, task(broken, data.validation), given)).rejects.toThrow("torn");
  expect(steps).toEqual([1, 2]);
  made = 0;
  const checkpoint = await stopped(task(broken, data.validation), { ...options, before }, 2);
  expect(made).toBe(3);
  const resumed = await finetune(backbone, data, { ...options, before, checkpoint });
  expect(resumed).toEqual(await finetune(backbone, data, { ...options, before }));
});

test("in float16 a run comes near that in float32, and resumes bit for bit, the loss's scale with it", async () => {
  const half: RunOptions = { ...options, precision: "fp16", epochs: 2 };
  const whole = await finetune(backbone, data, half);
  const single = await finetune(backbone, data, { ...options, epochs: 2 });
  whole.epochs.forEach(({ loss }, i) => expect(loss).toBeCloseTo(single.epochs[i]!.loss, 2));
  const checkpoint = await stopped(data, half, 5);
  expect(checkpoint.tensors.get("now.loss.scale")![0]).toBeGreaterThan(0);
  expect(checkpoint.tensors.get("now.loss.scale.steps")![0]).toBeLessThanOrEqual(5);
  expect(await finetune(backbone, data, { ...half, checkpoint })).toEqual(whole);
  const otherwise = finetune(backbone, data, { ...options, epochs: 2, checkpoint });
  await expect(otherwise).rejects.toThrow("precision fp16, not fp32");
});

test("validation samples are never augmented", async () => {
  const plain = await finetune(backbone, data, { ...options, epochs: 1, learningRate: 0 });
  const changing = task(coloured(50, 1, ["crop", "colour"]), coloured(20, 2, ["crop", "colour"]));
  const { epochs, after } = await finetune(backbone, changing, { ...options, epochs: 1, learningRate: 0 });
  expect(after).toEqual(plain.after);
  expect(epochs[0]!.validationLoss).toBe(plain.epochs[0]!.validationLoss);
  expect(epochs[0]!.loss).not.toBe(plain.epochs[0]!.loss);
});

test("a rate that was found is told, and goes on from a checkpoint without being found again", async () => {
  const given = { head, epochs: 2, batch: 16, seed: 5 };
  const checkpoints: FinetuneCheckpoint[] = [];
  const whole = await finetune(backbone, data, { ...given, onCheckpoint: (one) => void checkpoints.push(one) });
  expect(whole.learningRate).toBeGreaterThan(0);
  expect(whole.bestScore).toBe(whole.epochs[whole.bestEpoch - 1]!.validationScore);
  const resumed = await finetune(backbone, data, { ...given, checkpoint: checkpoints[0]! });
  expect(resumed.learningRate).toBe(whole.learningRate);
  expect(resumed.last).toEqual(whole.last);
});

test("what goes on knows how often its rate was lowered before", async () => {
  const given = { head, epochs: 2, batch: 16, seed: 5 };
  const checkpoints: FinetuneCheckpoint[] = [];
  const onCheckpoint = (one: FinetuneCheckpoint): void => void checkpoints.push(one);
  await finetune(backbone, data, { ...given, onCheckpoint });
  const { tensors, json } = checkpoints[0]!;
  expect(json.run["lowered"]).toBe("no");
  const checkpoint = { tensors, json: { ...json, run: { ...json.run, lowered: "diverged,collapsed" } } };
  const { lowered } = await finetune(backbone, data, { ...given, checkpoint, onCheckpoint });
  expect(lowered).toEqual(["diverged", "collapsed"]);
  expect(checkpoints.at(-1)!.json.run["lowered"]).toBe("diverged,collapsed");
});

test("the first epoch's loss may be so many times that of a guess, and no more", async () => {
  const once = { ...options, epochs: 1 };
  const { epochs } = (await finetuneOrPause(backbone, data, once))!;
  const ratio = epochs[0]!.loss / Math.log(classes);
  expect((await finetuneOrPause(backbone, data, { ...once, explosion: 2 * ratio }))!.epochs).toEqual(epochs);
  const run = finetuneOrPause(backbone, data, { ...once, explosion: ratio / 2 });
  await expect(run).rejects.toMatchObject({ epoch: 1 });
});
