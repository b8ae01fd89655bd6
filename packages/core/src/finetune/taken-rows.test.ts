import {
  adamw,
  biasesAndScales,
  GraphBuilder,
  float32,
  sgd,
  trainingStep,
  writeModel,
  type Optimizer,
} from "@taskhead/autograd";
import { expect, test } from "vitest";
import { classes, engine, objective } from "../../test/tiny-task.js";
import { openBackbone } from "../backbone/backbone.js";
import { random } from "../data/random.js";
import { samplesOf, upTo } from "../data/samples.js";
import { classTargets, pickTargets, targetTensor } from "../data/targets.js";
import { Trainer } from "../engine/trainer.js";
import { linearHead, withHead } from "../heads/index.js";
import { createTrainer, type TrainingOptions } from "./training-setup.js";

// A vocabulary far beyond what twelve texts of five words take.
const [vocabulary, width, words, count] = [30_000, 12, 5, 12];

/** Mean embedding of a text's words, and of its places'; each table is read by its own numbers. */
function meanOfWords(): Uint8Array {
  const rng = random(1, "tables");
  const normal = (rows: number) =>
    float32(
      Float32Array.from({ length: rows * width }, () => rng.normal(1)),
      [rows, width],
    );
  const b = new GraphBuilder();
  const ids = b.input("ids", "int64", ["batch", words]);
  b.initializer("words.weight", normal(vocabulary));
  b.initializer("places.weight", normal(words));
  const each = b.add(b.op("Gather", ["words.weight", ids]), b.op("Gather", ["places.weight", b.positions(ids, 1)]));
  b.setOutputs({ features: b.op("ReduceMean", [each, b.ints([1])], { keepdims: 0 }) });
  return writeModel(b.model());
}

const backbone = openBackbone(meanOfWords());
const rng = random(2, "texts");
// Few words, that texts share; one counted from the end.
const known = [...upTo(6).map((i) => 7 + 4_000 * i), -3];
const texts = upTo(count).map(() => upTo(words).map(() => BigInt(known[rng.integer(0, known.length - 1)]!)));
const targets = classTargets(upTo(count).map((i) => i % classes));
const samples = samplesOf(targets, (indices) => ({
  ids: engine.tensor("int64", BigInt64Array.from(indices.flatMap((i) => texts[i]!)), [indices.length, words]),
}));
const head = linearHead({ start: { kind: "normal", deviation: 0.3 } }).initial(random(3), backbone.width, classes);
const batches = [
  [0, 1, 2, 3],
  [4, 5, 6, 7],
  [8, 9, 10, 11],
  [3, 1, 8, 2],
];

const step = async (trainer: Trainer, feeds: object, indices: readonly number[]): Promise<number> => {
  const target = targetTensor(engine, pickTargets(targets, indices));
  return (await trainer.step({ ...feeds, target }, 0.05)).loss;
};

/** The step's own graph, with whole tables. */
async function whole({ optimizer, clipNorm, onset }: Partial<TrainingOptions>) {
  const parameters = [...backbone.parameters, ...linearHead().parameters];
  const network = withHead(backbone, linearHead(), classes, head);
  const outputs = network.graph.outputs.filter(({ name }) => name === "logits");
  const spared = biasesAndScales(network, parameters);
  const decays = (name: string): boolean => !spared.has(name);
  const options = { loss: objective.loss({}), optimizer: optimizer!, trainable: parameters, clipNorm, onset, decays };
  const graph = trainingStep({ ...network, graph: { ...network.graph, outputs } }, options);
  const trainer = await Trainer.create(engine, graph);
  const losses: number[] = [];
  for (const indices of batches) losses.push(await step(trainer, await samples.feeds(indices), indices));
  const parametersAfter = await trainer.parameters();
  await trainer.release();
  return { losses, parameters: parametersAfter };
}

const settings: [string, Optimizer, Partial<TrainingOptions>][] = [
  ["sgd with momentum and decay", sgd({ momentum: 0.9, weightDecay: 0.1 }), {}],
  ["adamw, clipped", adamw({ weightDecay: 0.1 }), { clipNorm: 0.1 }],
  [
    "adamw from the second step on",
    adamw({ weightDecay: 0.1 }),
    { onset: (name) => (name.startsWith("words") ? 2 : 1) },
  ],
];

test.each(settings)(
  "%s: a table's rows, taken and not, become what they do in a whole table",
  async (_, optimizer, given) => {
    const options = { head, batch: 4, seed: 0, optimizer, ...given };
    const { trainer, feeds } = await createTrainer(backbone, { engine, objective }, options, [samples]);
    const start = await trainer.parameters();
    const losses: number[] = [];
    for (const indices of batches.slice(0, 2)) losses.push(await step(trainer, await feeds(samples, indices), indices));
    // Saved, gone past, and taken back up.
    const saved = await trainer.save();
    await step(trainer, await feeds(samples, batches[3]!), batches[3]!);
    await trainer.load(saved);
    for (const indices of batches.slice(2)) losses.push(await step(trainer, await feeds(samples, indices), indices));
    const now = await trainer.parameters();
    await trainer.release();

    const expected = await whole(options);
    expect(saved.tensors.get("words.weight")!.length).toBe(vocabulary * width);
    for (const [name, { length }] of saved.tensors)
      if (name.startsWith("momentum.words") || name.startsWith("adam.m.words")) expect(length).toBe((7 + 1) * width);
    losses.forEach((loss, i) => expect(loss).toBeCloseTo(expected.losses[i]!, 6));
    for (const [name, values] of expected.parameters) {
      const furthest = values.reduce((most, value, i) => Math.max(most, Math.abs(value - now.get(name)![i]!)), 0);
      expect(furthest, name).toBeLessThan(2e-6);
    }
    // Decay is what moves a row that no text has.
    const unseen = start.get("words.weight")!.subarray(0, width);
    expect(now.get("words.weight")![0]! / unseen[0]!).toBeLessThan(0.995);
  },
);

test.each<[string, Partial<TrainingOptions>]>([
  ["a penalty", { penalty: () => ({ strength: 0.1, around: "start" as const }) }],
  ["an optimizer that may do more to it than scale it", { optimizer: { ...sgd(), scalesUntouched: false } }],
])("a table with %s stays whole", async (_, given) => {
  const options = { head, batch: 4, seed: 0, ...given };
  const { trainer } = await createTrainer(backbone, { engine, objective }, options, [samples]);
  const { tensors } = await trainer.save();
  await trainer.release();
  expect(tensors.has("left.words.weight")).toBe(false);
  expect(tensors.get("momentum.words.weight")!.length).toBe(vocabulary * width);
});
