import { describe, expect, it } from "vitest";
import { random } from "../data/random.js";
import { calibration } from "./calibration.js";
import { crossFittedTemperatures, fitTemperature } from "./temperature.js";

/** Labels drawn from softmax(q / T): the logits are overconfident by a known factor. */
function drawn(count: number, classes: number, temperature: number, seed: number) {
  const rng = random(seed, "temperature");
  const logits = Array.from({ length: count * classes }, () => rng.normal(4));
  const labels = Array.from({ length: count }, (_, n) => {
    const p = Array.from({ length: classes }, (_, c) => Math.exp(logits[n * classes + c]! / temperature));
    let left = rng.uniform() * p.reduce((a, b) => a + b);
    return p.findIndex((v) => (left -= v) < 0);
  });
  return { logits, labels };
}

describe("the fitted temperature", () => {
  it("is where a fine grid of the cross-entropy has its minimum, and its interval where that rises by 1.92", () => {
    const { logits, labels } = drawn(1000, 5, 2.5, 4);
    const { value, low, high } = fitTemperature(logits, labels, 5)!;
    const at = (temperature: number) => calibration(logits, labels, 5, { temperature });
    const nll = (temperature: number): number => at(temperature).nll;
    const grid = Array.from({ length: 301 }, (_, i) => 2 + i * 0.004);
    const best = grid.reduce((a, b) => (nll(b) < nll(a) ? b : a));
    expect(Math.abs(value - best)).toBeLessThanOrEqual(0.004);
    for (const end of [low, high]) expect(1000 * (nll(end) - nll(value))).toBeCloseTo(1.920729, 4);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
    expect(at(1).ece).toBeGreaterThan(0.1);
    expect(at(value).ece).toBeLessThan(at(1).ece / 4);
  });

  it("changes no answer", () => {
    const { logits, labels } = drawn(300, 3, 2.5, 4);
    const right = (temperature: number): number =>
      calibration(logits, labels, 3, { temperature }).bins.reduce((sum, b) => sum + b.count * (b.accuracy ?? 0), 0);
    expect(right(3)).toBeCloseTo(right(1), 9);
  });

  it("holds the true one in about 95 % of the intervals, of few samples as of many", () => {
    for (const [count, temperature] of [
      [60, 1],
      [60, 2.5],
      [200, 2.5],
      [200, 0.5],
    ] as const) {
      const fits = Array.from({ length: 60 }, (_, seed) => {
        const { logits, labels } = drawn(count, 4, temperature, seed);
        return fitTemperature(logits, labels, 4)!;
      });
      const held = fits.filter(({ low, high }) => low <= temperature && temperature <= high).length;
      expect(held).toBeGreaterThanOrEqual(54);
    }
  });

  it("does not exist where all is right, all is wrong, or nothing is there to fit", () => {
    const sure = Array.from({ length: 40 }, (_, n) => [n % 2 ? 3 : 0, n % 2 ? 0 : 3]).flat();
    const right = Array.from({ length: 40 }, (_, n) => (n % 2 ? 0 : 1));
    expect(fitTemperature(sure, right, 2)).toBeNull();
    expect(
      fitTemperature(
        sure,
        right.map((y) => 1 - y),
        2,
      ),
    ).toBeNull();
    expect(fitTemperature([], [], 2)).toBeNull();
    expect(fitTemperature([0, 0, 0, 0], [0, 1], 2)).toBeNull();
  });

  it("does not change with a number added to a row, and scales with the logits", () => {
    const { logits, labels } = drawn(200, 3, 2, 1);
    const fitted = fitTemperature(logits, labels, 3)!;
    const moved = fitTemperature(
      logits.map((q, i) => 3 * q + Math.floor(i / 3)),
      labels,
      3,
    )!;
    expect(moved.value / 3).toBeCloseTo(fitted.value, 6);
    expect(moved.high / 3).toBeCloseTo(fitted.high, 6);
  });
});

describe("cross-fitting", () => {
  it("gives each sample the temperature of the others alone", () => {
    const { logits, labels } = drawn(200, 3, 2, 1);
    const temperatures = crossFittedTemperatures(logits, labels, 3);
    const others = <T>(rows: readonly T[], width: number): T[] =>
      rows.filter((_, i) => Math.floor(i / width) % 5 !== 2);
    expect(temperatures[7]).toBeCloseTo(fitTemperature(others(logits, 3), others(labels, 1), 3)!.value, 6);
    expect(new Set(temperatures).size).toBe(5);
  });

  it("changes nothing where the others give none", () => {
    expect([...crossFittedTemperatures([3, 0, 0, 3], [0, 1], 2)]).toEqual([1, 1]);
  });
});
