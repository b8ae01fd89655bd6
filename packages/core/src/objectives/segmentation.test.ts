import { differentiate, GraphBuilder } from "@taskhead/autograd";
import { describe, expect, it, test } from "vitest";
import { engine } from "../../test/tiny-task.js";
import { normals, random } from "../data/random.js";
import { inOrder, upTo } from "../data/samples.js";
import { pickTargets, targetTensor, type Targets } from "../data/targets.js";
import { withSession } from "../engine/with-session.js";
import { softmax } from "./logits.js";
import { metered } from "./meter.js";
import { segmentation } from "./segmentation.js";
import { addTallies, scoreOfTally } from "./tally.js";

const [samples, k, height, width] = [7, 4, 3, 5];
const places = height * width;
const objective = segmentation(k);
const logits = normals(samples * k * places, 1.5, random(1, "logits"));
/** The last class occurs nowhere; about a third of the places do not count; of sample 2 none does. */
const rng = random(2, "mask");
const targets: Targets = {
  data: Int32Array.from({ length: samples * places }, (_, i) =>
    Math.floor(i / places) === 2 || rng.uniform() < 1 / 3 ? -1 : rng.integer(0, k - 2),
  ),
  shape: [height, width],
};

/** Logits place by place, [places of all samples][k], and their labels: those that count. */
function places_(q: ArrayLike<number> = logits, { data }: Targets = targets) {
  return Array.from(data).flatMap((label, i) => {
    const [n, p] = [Math.floor(i / places), i % places];
    const own = upTo(k).map((c) => q[(n * k + c) * places + p]!);
    return label < 0 ? [] : [{ label, own, answer: own.indexOf(Math.max(...own)), n }];
  });
}

function miou(all: readonly { label: number; answer: number }[]): number {
  const each = upTo(k).map((c) => {
    const both = all.filter((one) => one.label === c && one.answer === c).length;
    return both / all.filter((one) => one.label === c || one.answer === c).length;
  });
  const known = each.filter((iou) => !Number.isNaN(iou));
  return known.reduce((sum, iou) => sum + iou, 0) / known.length;
}

async function trained() {
  const b = new GraphBuilder();
  b.setOutputs({ logits: b.op("Identity", [b.input("q", "float32", ["batch", k, height, width])]) });
  const { graph, ...rest } = b.model();
  const model = { ...rest, graph: { ...graph, outputs: [] } };
  return withSession(engine, differentiate(model, { loss: objective.loss(), wrt: ["q"] }), async (session) => {
    const q = engine.tensor("float32", logits, [samples, k, height, width]);
    const found = await session.run({ q, target: targetTensor(engine, targets) });
    return { loss: Number(found["loss"]!.data[0]), gradient: found["gradient.q"]!.data as Float32Array };
  });
}

describe("a class for every place", () => {
  it("measures the loss that training minimises, and its residual −P ∂L/∂q", async () => {
    const { loss, gradient } = await trained();
    expect(objective.measure({ logits }, targets).loss).toBeCloseTo(loss, 5);
    const residual = objective.residual({ logits }, targets);
    residual.forEach((r, i) => expect(r).toBeCloseTo(-samples * places * gradient[i]!, 4));
  });

  it("has the mean ‖e_y − p‖ of places that count as its energy, and mIoU of all samples together as its score", () => {
    const all = places_();
    const lengths = all.map(({ label, own }) =>
      Math.hypot(...Array.from(softmax(own, k), (p, c) => (c === label ? 1 : 0) - p)),
    );
    const { energy, score } = objective.measure({ logits }, targets);
    expect(energy).toBeCloseTo(lengths.reduce((sum, one) => sum + one, 0) / all.length, 10);
    expect(score).toBeCloseTo(miou(all), 12);
    // The residual holds the same, scaled so that its mean is over all places.
    const r = objective.residual({ logits }, targets);
    const own = upTo(samples * places).map((i) =>
      Math.hypot(...upTo(k).map((c) => r[(Math.floor(i / places) * k + c) * places + (i % places)]!)),
    );
    expect(own.reduce((sum, one) => sum + one, 0) / own.length).toBeCloseTo(energy, 10);
  });

  it("takes the activation that the runtime has computed", () => {
    const activated = new Float64Array(logits.length);
    for (let n = 0; n < samples; n++)
      for (let p = 0; p < places; p++)
        softmax(
          upTo(k).map((c) => logits[(n * k + c) * places + p]!),
          k,
        ).forEach((value, c) => (activated[(n * k + c) * places + p] = value));
    const [own, given] = [objective.measure({ logits }, targets), objective.measure({ logits, activated }, targets)];
    expect(given.energy).toBeCloseTo(own.energy, 12);
    expect(given.loss).toBeCloseTo(own.loss, 12);
  });

  it("says what each sample adds, and what it is to lose it", () => {
    const { value, contributions } = objective.score({ logits }, targets);
    expect(contributions!.reduce((sum, one) => sum + one, 0) / samples).toBeCloseTo(value, 12);
    expect(contributions![2]).toBe(value);
    // With a sample counted ε more often, the score goes towards its contribution: its influence is a derivative.
    const step = 1e-6;
    upTo(samples).forEach((n) => {
      const all = places_();
      const weight = (one: { n: number }): number => (one.n === n ? 1 + step * samples : 1);
      const sum = (of: typeof all): number => of.reduce((total, one) => total + weight(one), 0);
      const each = upTo(k).map(
        (c) =>
          sum(all.filter((one) => one.label === c && one.answer === c)) /
          sum(all.filter((one) => one.label === c || one.answer === c)),
      );
      const known = each.filter((iou) => !Number.isNaN(iou));
      const moved = known.reduce((total, iou) => total + iou, 0) / known.length;
      expect((moved - value) / step).toBeCloseTo(contributions![n]! - value, 3);
    });
  });

  it("adds up over batches in any order, whole or as a tally", () => {
    const meter = objective.meter!(targets);
    let tally = { sum: 0, of: 0 };
    for (const indices of inOrder([5, 0, 3, 6, 2, 1, 4], 3)) {
      const own = indices.flatMap((n) => [...logits.subarray(n * k * places, (n + 1) * k * places)]);
      meter.add(indices, { logits: own });
      tally = addTallies(tally, objective.tally({ logits: own }, pickTargets(targets, indices)));
    }
    const whole = metered(objective, { logits }, targets);
    expect(meter.measured().energy).toBeCloseTo(whole.measured().energy, 12);
    expect(meter.score().contributions).toEqual(whole.score().contributions);
    expect(scoreOfTally(tally)).toBe(whole.score().value);
    expect(meter.scoreOf([1, 4]).value).toBeCloseTo(miou(places_().filter(({ n }) => n === 1 || n === 4)), 12);
  });

  it("tells of each class its IoU and its pixels, and of each sample its loss and worst confusion", () => {
    const meter = metered(objective, { logits }, targets);
    const all = places_();
    meter.each()!.forEach(({ measured }, c) => expect(measured).toBe(all.filter((one) => one.label === c).length));
    const { loss, right, truth, answer } = meter.samples!();
    expect([loss[2], right[2], truth[2], answer[2]]).toEqual([NaN, NaN, -1, -1]);
    const own = all.filter(({ n }) => n === 0);
    expect(right[0]).toBe(own.filter((one) => one.label === one.answer).length / own.length);
    const wrong = own.filter((one) => one.label === truth[0] && one.answer === answer[0]).length;
    for (const y of upTo(k))
      for (const c of upTo(k))
        if (y !== c) expect(own.filter((one) => one.label === y && one.answer === c).length).toBeLessThanOrEqual(wrong);
  });

  it("judges answers of another size by masks of that size", () => {
    const meter = objective.meter!(targets);
    const own = { data: Int32Array.of(0, 1, -1, 1), shape: [2, 2] };
    meter.add([3], { logits: [9, 0, 0, 0, 0, 9, 9, 0, 0, 0, 0, 9, 0, 0, 0, 0] }, own);
    expect(meter.samples!().right[3]).toBeCloseTo(2 / 3, 12);
    expect(meter.score().value).toBeCloseTo((1 / 1 + 1 / 2 + 0) / 3, 12);
  });
});

test("what guessing loses, the score of guessing, and targets that do not fit", () => {
  const { loss, energy } = objective.measure({ logits: new Float32Array(logits.length) }, targets);
  expect(loss).toBeCloseTo(objective.guess, 9);
  expect(energy).toBeCloseTo(Math.sqrt(1 - 1 / k), 9);
  expect(objective.refuses({ data: new Int32Array(4), shape: [] })).toMatch(/give a class index for each place/);
  expect(objective.refuses({ data: Int32Array.of(0, -1, 4, 1), shape: [2, 1] })).toMatch(
    /sample 1 has class 4, but there are 4/,
  );
  expect(objective.refuses(targets)).toBeUndefined();
  expect(objective.isScored!({ data: new Int32Array(6).fill(-1), shape: [2, 3] })).toBe(false);
});
