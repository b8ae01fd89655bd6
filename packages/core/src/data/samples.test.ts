import { expect, test } from "vitest";
import { GraphBuilder, writeModel } from "@taskhead/autograd";
import { engine } from "../../test/tiny-task.js";
import { random, shuffle } from "./random.js";
import { runSamples } from "./run-samples.js";
import { arraySamples, inOrder, samplesOf, selected, upTo, withTargets, type Samples } from "./samples.js";
import { classTargets, numberTargets, targetTensor } from "./targets.js";

const count = 10;
const inputs = {
  tokens: { data: BigInt64Array.from({ length: 2 * count }, (_, i) => BigInt(i)), shape: [2] },
  size: { data: Float32Array.from({ length: count }, (_, n) => (7 * n) % count), shape: [] },
  image: { data: Uint8Array.from({ length: 4 * count }, (_, i) => i), shape: [1, 2, 2] },
  group: { data: Int32Array.from({ length: count }, (_, n) => n - 5), shape: [1] },
};
const samples = arraySamples(engine, inputs, classTargets(upTo(count)));

/** Those samples, batches made of samples that are next to each other in size. */
const bySize: Samples = {
  ...samples,
  batches: (order, size) =>
    inOrder(
      order.toSorted((a, b) => inputs.size.data[a]! - inputs.size.data[b]!),
      size,
    ),
};

test("arrays are fed by their inputs' names, in their own types, the rows that are asked for", async () => {
  const { tokens, size, image, group } = await samples.feeds([3, 0]);
  expect([tokens, size, image, group].map((t) => [t!.type, t!.dims])).toEqual([
    ["int64", [2, 2]],
    ["float32", [2]],
    ["uint8", [2, 1, 2, 2]],
    ["int32", [2, 1]],
  ]);
  expect([...(tokens!.data as BigInt64Array)]).toEqual([6n, 7n, 0n, 1n]);
  expect([...(size!.data as Float32Array)]).toEqual([1, 0]);
  expect([...(image!.data as Uint8Array)]).toEqual([12, 13, 14, 15, 0, 1, 2, 3]);
  expect([...(group!.data as Int32Array)]).toEqual([-2, -5]);
  expect(samples.count).toBe(count);
});

test("an order is cut into runs", () => {
  expect(inOrder([4, 2, 0, 1, 3], 2)).toEqual([[4, 2], [0, 1], [3]]);
  expect(inOrder([], 2)).toEqual([]);
  expect(inOrder([1], 64)).toEqual([[1]]);
});

test("a selection has its samples' targets and feeds, under its own numbers", async () => {
  const chosen = selected(samples, [5, 5, 2]);
  expect([chosen.count, [...chosen.targets.data]]).toEqual([3, [5, 5, 2]]);
  expect([...((await chosen.feeds([2, 0]))["size"]!.data as Float32Array)]).toEqual([4, 5]);
});

test("a selection is cut by its samples' own rule, each place once", () => {
  const chosen = selected(bySize, [5, 3, 5, 2, 0]);
  // Sizes of its places: 5, 1, 5, 4, 0.
  const batches = chosen.batches([0, 1, 2, 3, 4], 2);
  expect(batches.map((batch) => batch.map((place) => [5, 1, 5, 4, 0][place]))).toEqual([[0, 1], [4, 5], [5]]);
  expect(batches.flat().toSorted()).toEqual([0, 1, 2, 3, 4]);
  expect(selected(bySize, [9, 8, 7]).batches([2, 0], 5).flat().toSorted()).toEqual([0, 2]);
});

test("other targets leave the rest as it is, in every epoch", async () => {
  const changing: Samples = {
    ...bySize,
    augmentation: "shuffled",
    inEpoch: (epoch, seed) => ({
      ...bySize,
      feeds: (indices) => samples.feeds(indices.map((i) => (i + epoch + seed) % count)),
    }),
  };
  const targets = numberTargets(upTo(count).map((n) => [n / 2, -n]));
  const other = withTargets(changing, targets);
  expect(other).toMatchObject({ count, targets, augmentation: "shuffled" });
  expect(other.batches([1, 2, 3], 2)).toEqual(bySize.batches([1, 2, 3], 2));
  const epoch = other.inEpoch!(2, 1);
  expect(epoch.targets).toBe(targets);
  expect(await epoch.feeds([4])).toEqual(await samples.feeds([7]));
  expect(withTargets(samples, targets).inEpoch).toBeUndefined();
});

test("a selection is changed in every epoch as its samples are", async () => {
  const changing: Samples = {
    ...samples,
    augmentation: "turned",
    inEpoch: (epoch, seed) => ({
      ...samples,
      feeds: async (indices) => ({
        size: engine.tensor(
          "float32",
          Float32Array.from(indices, (i) => 100 * epoch + 10 * seed + i),
          [indices.length],
        ),
      }),
    }),
  };
  const some = selected(changing, [7, 2]);
  expect(some.augmentation).toBe("turned");
  const { size } = await some.inEpoch!(3, 1).feeds([1, 0]);
  expect([...(size!.data as Float32Array)]).toEqual([312, 317]);
  expect(selected(samples, [1])).not.toHaveProperty("inEpoch");
});

test("targets reach the network as rows of whole numbers or of floats", () => {
  const classes = targetTensor(engine, classTargets([2, 0]));
  expect([classes.type, classes.dims, [...(classes.data as BigInt64Array)]]).toEqual(["int64", [2], [2n, 0n]]);
  const numbers = targetTensor(
    engine,
    numberTargets([
      [1, NaN],
      [0.5, 2],
    ]),
  );
  expect([numbers.type, numbers.dims, [...(numbers.data as Float32Array)]]).toEqual([
    "float32",
    [2, 2],
    [1, NaN, 0.5, 2],
  ]);
  expect(() => numberTargets([[1, 2], [3]])).toThrow("sample 1 has 1 targets, others have 2");
});

/** size → its double, and each row of tokens as floats. */
async function doubling() {
  const b = new GraphBuilder();
  const size = b.input("size", "float32", ["n"]);
  const tokens = b.input("tokens", "int64", ["n", 2]);
  b.setOutputs({ double: b.mul(size, 2), tokens_as_floats: b.cast(tokens, "float32") });
  const session = await engine.session(writeModel(b.model()));
  const wanted = ({ feeds, ...rest }: Samples): Samples => ({
    ...rest,
    feeds: async (indices) => {
      const { size: s, tokens: t } = await feeds(indices);
      return { size: s!, tokens: t! };
    },
  });
  return { session, wanted };
}

test("outputs come back in the samples' order, whatever the batches", async () => {
  const { session, wanted } = await doubling();
  const shuffled: Samples = { ...samples, batches: (order, size) => inOrder(shuffle([...order], random(1)), size) };
  const expected = {
    double: inputs.size.data.map((s) => 2 * s),
    tokens_as_floats: Float32Array.from({ length: 2 * count }, (_, i) => i),
  };
  for (const one of [samples, bySize, shuffled])
    for (const batch of [1, 3, 64]) {
      const done: number[] = [];
      const outputs = await runSamples(session, wanted(one), { batch, onProgress: (n) => done.push(n) });
      expect(outputs).toEqual(expected);
      expect(done.at(-1)).toBe(count);
    }
  await session.release();
});

test("a run over samples can be stopped between batches", async () => {
  const { session, wanted } = await doubling();
  const stop = new AbortController();
  const onProgress = (done: number): void => void (done === 4 && stop.abort(new Error("enough")));
  const run = runSamples(session, wanted(samples), { batch: 2, onProgress, signal: stop.signal });
  await expect(run).rejects.toThrow("enough");
  await session.release();
});

test("samples of one's own are a function from indices to feeds", async () => {
  const own = samplesOf(numberTargets([[1], [2], [3]]), (indices) => ({
    x: engine.tensor("float32", Float32Array.from(indices), [indices.length]),
  }));
  expect(own.count).toBe(3);
  expect((await own.feeds([2, 1]))["x"]!.data).toEqual(Float32Array.of(2, 1));
  expect(own.batches([2, 1, 0], 2)).toEqual([[2, 1], [0]]);
});
