import { adamw, sgd } from "@taskhead/autograd";
import { describe, expect, test } from "vitest";
import { stagedNetwork } from "../../test/networks.js";
import { backbone, classes, coloured, data as task, engine, head, modality } from "../../test/tiny-task.js";
import { openBackbone } from "../backbone/backbone.js";
import type { Engine } from "../engine/engine.js";
import { freezeUntil } from "../backbone/frozen.js";
import { linearHead } from "../heads/index.js";
import { random } from "../data/random.js";
import { boundOf, pickRate, rangeTest, type RangeTestOptions } from "./range-test.js";

const setup: RangeTestOptions = {
  head,
  batch: 16,
  seed: 5,
  optimizer: sgd({ momentum: 0.9 }),
  from: 1e-4,
  to: 1e4,
  steps: 33,
};

const data = task(coloured(50, 1));

/** As long probing leaves it, only more so. */
const grown = new Map([...head].map(([name, data]) => [name, data.map((w) => 300 * w)]));

describe("the rule", () => {
  const rates = [1e-4, 1e-3, 1e-2, 1e-1, 1];

  test("takes two fifths of the rate at the bottom of a valley", () => {
    expect(pickRate(rates, [2.3, 2.2, 1.4, 1.8, 3], 10)).toBeCloseTo(1e-2 / 2.5, 12);
  });

  test("takes two fifths of the last rate before an explosion where the curve is flat", () => {
    // Which of these three is lowest is noise: 0.02 ln 10 is 0.046.
    expect(pickRate(rates, [0.1, 0.11, 0.12, 0.5, 1.9], 10)).toBeCloseTo(1e-2 / 2.5, 12);
  });

  test("has nothing to take without rates", () => expect(pickRate([], [], 10)).toBeUndefined());
});

describe("the range test", () => {
  test("climbs geometrically, reports the change from the start, and leaves the head as it was", async () => {
    const before = structuredClone(head);
    const { rate, rates, changes } = await rangeTest(backbone, data, setup);
    expect(head).toEqual(before);
    expect(rates).toHaveLength(33);
    expect(changes).toHaveLength(33);
    for (let i = 1; i < rates.length; i++) expect(rates[i]! / rates[i - 1]!).toBeCloseTo(10 ** 0.25, 6);
    expect(rate).toBe(pickRate(rates, changes, classes));
    const adaptive = await rangeTest(backbone, data, { ...setup, optimizer: adamw(), from: 1e-5, to: 1e-1 });
    expect(adaptive.rate).toBe(pickRate(adaptive.rates, adaptive.changes, classes, 10));
    const clipped = await rangeTest(backbone, data, { ...setup, clipNorm: 1 });
    expect(clipped.rate).toBe(pickRate(clipped.rates, clipped.changes, classes, 1.25));
    // At the lowest rates nothing happens; this task is learned at the higher ones.
    expect(Math.abs(changes[0]!)).toBeLessThan(1e-3);
    expect(changes.at(-1)).toBeLessThan(-0.5);
  });

  test("stops where the loss explodes, and stays away from there", async () => {
    const { rate, rates, changes } = await rangeTest(backbone, data, { ...setup, head: grown });
    expect(rates.length).toBeLessThan(33);
    expect(rate).toBeLessThanOrEqual(rates.at(-1)! / 2.5);
    expect(changes.at(-1)).toBeLessThanOrEqual(Math.min(...changes) + Math.log(classes));
  });

  test("finds the same rate again, and another way with another seed", async () => {
    const found = await rangeTest(backbone, data, setup);
    expect(await rangeTest(backbone, data, setup)).toEqual(found);
    expect((await rangeTest(backbone, data, { ...setup, seed: 6 })).changes).not.toEqual(found.changes);
  });

  test("takes a lower rate for a head that is larger", async () => {
    expect((await rangeTest(backbone, data, { ...setup, head: grown })).rate).toBeLessThan(
      (await rangeTest(backbone, data, setup)).rate,
    );
  });

  test("gives the lowest rate if even that explodes at once", async () => {
    expect(
      await rangeTest(backbone, data, { ...setup, head: new Map([...head].map(([n, w]) => [n, w.map(() => NaN)])) }),
    ).toEqual({
      rate: 1e-4,
      rates: [],
      changes: [],
      atTop: false,
    });
  });

  test("says where the loss still fell at the highest rate, and not where it had come to an end", async () => {
    // Rates that do nothing, up to where this task begins to be learned.
    const low = await rangeTest(backbone, data, { ...setup, to: 1e-2, steps: 9 });
    expect(low).toMatchObject({ atTop: true, rate: 1e-2 / 2.5 });
    const ended = await rangeTest(backbone, data, { ...setup, head: grown, steps: 17 });
    expect(ended.atTop).toBe(false);
    expect([boundOf([low, ended]), boundOf([ended])]).toEqual([expect.stringContaining("may do better"), ""]);
  });

  const staged = openBackbone(stagedNetwork(), { modality });
  const stagedHead = linearHead().initial(random(1), staged.width, classes);

  test("starts its climb with the running statistics as they were, where BatchNorm trains", async () => {
    const fed: Float32Array[] = [];
    const watching: Engine = {
      ...engine,
      session: async (model) => {
        const session = await engine.session(model);
        return {
          ...session,
          run: (feeds, fetches) => {
            const mean = feeds["1a.bn.mean"];
            if (mean) fed.push((mean.data as Float32Array).slice());
            return session.run(feeds, fetches);
          },
        };
      },
    };
    const watched = { ...data, engine: watching };
    await rangeTest(staged, watched, { ...setup, head: stagedHead, batchNorm: "train", to: 1 });
    const turns = Math.ceil(50 / 16);
    expect(fed[1]).not.toEqual(fed[0]);
    expect(fed[turns]).toEqual(fed[0]);
    expect(fed[0]).toEqual(staged.model.graph.initializers.get("1a.bn.mean")!.data);
  });

  test("trains what fine-tuning trains: not a frozen part, and at the rates of its layers", async () => {
    const part = freezeUntil(staged, 2);
    const given = { ...setup, head: stagedHead };
    const { changes } = await rangeTest(part, data, given);
    expect(changes).not.toEqual((await rangeTest(staged, data, given)).changes);
    expect(changes).not.toEqual((await rangeTest(part, data, { ...given, rateMultiplier: () => 0.5 })).changes);
    // Whether the frozen part is kept or computed again makes no difference but rounding.
    const again = await rangeTest(part, data, { ...given, cacheBytes: 0 });
    again.changes.slice(0, 12).forEach((change, i) => expect(change).toBeCloseTo(changes[i]!, 4));
  });
});
