import { describe, expect, it } from "vitest";
import { random } from "../data/random.js";
import { classTargets } from "../data/targets.js";
import { calibrate, type Classified } from "./calibrate.js";

/** Labels drawn from softmax(q / T), so that the best temperature is known. */
function drawn(count: number, temperature: number, seed: number, classes = 4): Classified {
  const rng = random(seed, "calibrate");
  const logits = Array.from({ length: count * classes }, () => rng.normal(4));
  const labels = Array.from({ length: count }, (_, n) => {
    const p = Array.from({ length: classes }, (_, c) => Math.exp(logits[n * classes + c]! / temperature));
    let left = rng.uniform() * p.reduce((a, b) => a + b);
    return p.findIndex((v) => (left -= v) < 0);
  });
  return { logits, samples: { targets: classTargets(labels) } };
}

/** As sure of the right class as `logits` are of their largest. */
function allRight(count: number, seed: number): Classified {
  const { logits } = drawn(count, 1, seed);
  const labels = Array.from({ length: count }, (_, n) => {
    const row = Array.from(logits).slice(4 * n, 4 * n + 4);
    return row.indexOf(Math.max(...row));
  });
  return { logits, samples: { targets: classTargets(labels) } };
}

const seeds = Array.from({ length: 30 }, (_, seed) => seed);

describe("a temperature", () => {
  it("does not come of a validation set that is all right, whatever the test samples say", () => {
    for (const seed of seeds) {
      const found = calibrate(allRight(60, seed), drawn(100, 3, 100 + seed), 4);
      expect(found.temperature).toBeNull();
      expect(found.advised).toBe(false);
      expect(found.validation.after).toBeNull();
      expect(found.test!.after).toBeNull();
    }
  });

  it("is found within its interval and advised where logits are overconfident by much", () => {
    const found = seeds.map((seed) => calibrate(drawn(300, 2.5, seed), drawn(300, 2.5, 100 + seed), 4));
    const held = found.filter(({ temperature }) => temperature!.low <= 2.5 && temperature!.high >= 2.5);
    expect(held.length).toBeGreaterThanOrEqual(26);
    expect(found.every(({ advised }) => advised)).toBe(true);
    for (const { validation, test } of found) {
      expect(validation.after!.nll).toBeLessThan(validation.before.nll);
      expect(test!.after!.ece).toBeLessThan(test!.before.ece);
    }
  });

  it("is not advised where the logits are as sure as they are right, but for chance", () => {
    const advised = seeds.filter((seed) => calibrate(drawn(200, 1, seed), null, 4).advised);
    expect(advised.length).toBeLessThanOrEqual(3);
  });

  it("of 13 images is not advised, but where even they show it", () => {
    const advised = (temperature: number): number =>
      seeds.filter((seed) => calibrate(drawn(13, temperature, seed), null, 4).advised).length;
    expect(advised(1)).toBeLessThanOrEqual(3);
    expect(advised(0.5)).toBeLessThanOrEqual(3);
  });

  it("is not advised where the test samples contradict it", () => {
    const found = calibrate(drawn(300, 2.5, 1), drawn(300, 0.7, 2), 4);
    expect(found.temperature!.low).toBeGreaterThan(1);
    expect(found.test!.after!.nll).toBeGreaterThan(found.test!.before.nll);
    expect(found.advised).toBe(false);
  });
});
