import { expect, test } from "vitest";
import { engine } from "../../test/tiny-task.js";
import { textNetwork } from "../../test/texts.js";
import { random } from "../data/random.js";
import { upTo } from "../data/samples.js";
import { unitTargets } from "../data/targets.js";
import { tokenClassification } from "../objectives/token-classification.js";
import type { Settings } from "../tune/settings/index.js";
import { memoryStore } from "../tune/store/store.js";
import { tune } from "../tune/tune.js";
import { texts } from "./modality.js";
import type { Texts } from "./texts.js";
import { tokenizeWords } from "./tokenize.js";

const tags = ["O", "B-LOW", "B-HIGH"];

/** Texts of 3 to 9 tokens between two special ones; ids below 8 and above 22 are entities. */
function tagged(count: number, seed: number): Texts {
  const rng = random(seed, "tagged");
  const all = upTo(count).map(() => Array.from({ length: rng.integer(3, 9) }, () => rng.integer(3, 29)));
  const kind = (id: number): number => (id < 8 ? 1 : id > 22 ? 2 : 0);
  const labels = all.map((ids) => ids.map(kind));
  const rows = all.map((ids) => [1, ...ids, 2]);
  const starts = new Uint32Array(count + 1);
  rows.forEach((row, n) => (starts[n + 1] = starts[n]! + row.length));
  const places = all.flatMap((ids) => ids.map((_, t) => t + 1));
  return {
    count,
    targets: unitTargets(labels),
    ids: Int32Array.from(rows.flat()),
    starts,
    places: Uint32Array.from(places),
  };
}

const [train, validation, other] = [tagged(120, 1), tagged(60, 2), tagged(30, 3)];
const setOf = (source: Texts) => ({
  source,
  content: { keys: upTo(source.count).map(String), names: upTo(source.count).map(String) },
});
const files = { "config.json": { model_type: "bert", architectures: ["BertModel"] } };

async function tuned(settings: Partial<Settings>, memoryBytes?: number) {
  const store = memoryStore();
  const results = await tune({
    engine,
    modality: texts({ each: true, files }),
    backbone: { bytes: textNetwork("tokens").bytes },
    sets: { train: setOf(train), validation: setOf(validation), test: setOf(other), ood: [setOf(other)] },
    outputs: tags,
    store,
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    settings: {
      task: "token-classification",
      taus: [2, 16],
      epochs: 3,
      batch: 16,
      optimizer: "adamw",
      lr: 0.03,
      blends: false,
      ...settings,
    },
  });
  return { store, results };
}

test("tags of words are tuned, and what is told of them is what the exported file says", async () => {
  const { store, results } = await tuned({});
  const { best, metric, probing } = results;
  expect(metric).toEqual({ name: "entity F1", percent: true, chance: 0 });
  expect(probing.at(-1)!.energy).toBeLessThan(probing[0]!.energy!);
  expect(best!.validationScore).toBeGreaterThan(0.7);
  // The file on each text by itself.
  const session = await engine.session((await store.read("model/onnx/model.onnx"))!);
  const answers: number[] = [];
  for (const n of upTo(validation.count)) {
    const own = validation.ids.subarray(validation.starts[n], validation.starts[n + 1]);
    const tensor = (ids: ArrayLike<number>) =>
      engine.tensor("int64", BigInt64Array.from(Array.from(ids, BigInt)), [1, own.length]);
    const { logits } = await session.run({ input_ids: tensor(own), attention_mask: tensor(own.map(() => 1)) });
    expect(logits!.dims).toEqual([1, own.length, tags.length]);
    answers.push(...(logits!.data as Float32Array).subarray(tags.length, (own.length - 1) * tags.length));
  }
  await session.release();
  const objective = tokenClassification(tags);
  const logits = Float32Array.from(answers);
  expect(best!.validationScore).toBeCloseTo(objective.score({ logits }, validation.targets).value, 9);
  expect(best!.classes).toEqual(objective.classes!({ logits }, validation.targets));
  expect([best!.confusion, best!.calibration, best!.outputs, results.labels]).toEqual([null, null, null, null]);
  const row = results.rows.find(({ tau }) => tau === best!.tau)!;
  expect(best!.testScore).toBeCloseTo(row.ood[0]!.finetuned!, 9);
  // Wrong words, each where it is in its text.
  for (const { index, wrong } of best!.hardest.validation)
    for (const { unit, truth, answer } of wrong!) {
      const at = validation.targets.starts![index]! + unit;
      expect(truth).toBe(validation.targets.data[at]);
      expect(answer).not.toBe(truth);
    }
  expect(best!.projectedClasses).toHaveLength(best!.projection.samples.length);
}, 60_000);

test("what is frozen is computed once, to the same result", async () => {
  const settings = { freezeUntil: 1, taus: [2] };
  const cached = (await tuned(settings)).results.rows[0]!;
  const computed = (await tuned(settings, 1)).results.rows[0]!;
  expect([cached.frozen!.cached, computed.frozen!.cached]).toEqual([true, false]);
  cached.epochs.forEach(({ loss }, i) => expect(loss).toBeCloseTo(computed.epochs[i]!.loss!, 5));
  expect(cached.euclidean).toBeCloseTo(computed.euclidean!, 4);
  expect(cached.euclidean).toBeGreaterThan(0);
}, 60_000);

test("words and tags that do not go together are refused", async () => {
  const tokenizer = {
    tokensOf: () => [5],
    framed: (ids: readonly number[]) => ({ ids: [...ids], types: [], cut: false, from: 0, at: 0, kept: ids.length }),
  };
  const tokenized = (words: string[], own: number[]) => tokenizeWords(tokenizer, [{ words, tags: own }]);
  await expect(tokenized(["a", "b"], [0])).rejects.toThrow("text 0 has 2 words, but 1 tags; give one of each");
  await expect(tokenized(["a"], [-2])).rejects.toThrow(
    "text 0 has the tag -2; give whole numbers from 0 on, −1 for what",
  );
});

test.each<[string, Partial<Texts>, string]>([
  ["starts", { starts: Uint32Array.of(0, 4) }, "starts has 2 entries, but 30 texts want 31"],
  ["ids", { ids: Int32Array.of(1) }, "but there are 1 ids"],
  ["types", { types: Uint8Array.of(0) }, "but 1 types; give one of each token"],
  ["places", { places: Uint32Array.of(1) }, "there are 1 places of words, but targets of"],
  ["targets", { targets: unitTargets([[0]]) }, "there are 30 texts, but targets of 1; give a row for each"],
])("texts whose %s do not go with the rest are refused", async (_, wrong, message) => {
  await expect(texts({ each: true }).open({ ...other, ...wrong }, engine, [])).rejects.toThrow(message);
});
