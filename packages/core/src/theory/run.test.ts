import { describe, expect, it } from "vitest";
import { run, type RunOptions, type TheoryResults } from "./run.js";
import { probe } from "./probing.js";
import { drawTask } from "./setup.js";
import { trend } from "./trend.js";
import type { Measures } from "./measures.js";

const options: RunOptions = {
  d: 40,
  h: 5,
  n: 20,
  k: 1,
  span: 10,
  angle: 30,
  headNorm: 0.5,
  ood: 1,
  taus: [0, 1, 2, 4, 8, 16, Infinity],
  seeds: 6,
};

/** Several tests look at this one. */
const usual = run(options);

function trendsOverEnergy({ rows }: TheoryResults): (measure: keyof Measures) => string {
  const byEnergy = rows.map((row) => row.mean).sort((a, b) => a.energy - b.energy);
  return (measure) => trend(byEnergy.map((mean) => mean[measure]));
}

describe("one direction of the head, several energies", () => {
  const scales = [0, 0.5, 1];
  const small = { ...options, taus: [Infinity], seeds: 1 };

  it("falls in energy as the head grows to the probed one, and moves features less", async () => {
    const { rows, scaled } = await run({ ...small, scales });
    const energies = scaled.map(({ mean }) => mean.energy);
    expect(trend(energies)).toBe("falls");
    expect(scaled.at(-1)!.mean).toEqual(rows[0]!.mean);
    for (const [seed, probed] of rows[0]!.runs.entries()) {
      // mean |y − c·q|, term by term.
      const task = drawTask({ ...small, seed });
      const q = task.X.mmul(task.start.B.transpose()).mmul(probe(task)(Infinity));
      for (const [i, scale] of scales.entries()) {
        const gaps = task.Y.to1DArray().map((y, n) => Math.abs(y - scale * q.get(n, 0)));
        expect(scaled[i]!.runs[seed]!.energy).toBeCloseTo(gaps.reduce((a, b) => a + b) / gaps.length, 12);
        expect(scaled[i]!.runs[seed]!.headNorm).toBeCloseTo(scale * probed.headNorm, 12);
      }
    }
    expect(trend(scaled.map(({ mean }) => mean.euclidean))).toBe("falls");
  });
});

describe("the method, tau by tau", () => {
  it("shows the trend: with energy distance grows, cosine falls, dot and norm rise and fall", async () => {
    const over = trendsOverEnergy(await usual);
    expect(over("euclidean")).toBe("grows");
    expect(over("cosine")).toBe("falls");
    expect(over("dot")).toBe("grows, then falls");
    expect(over("norm")).toBe("grows, then falls");
  });

  it("has dot and norm monotone from a head near zero", async () => {
    const over = trendsOverEnergy(await run({ ...options, headNorm: 0.01 }));
    expect(over("euclidean")).toBe("grows");
    expect(over("dot")).toBe("grows");
    expect(over("norm")).toBe("grows");
  });

  it("errs least out of distribution between a random and a converged head, and never on the training span", async () => {
    const { rows, unfinished } = await usual;
    expect(unfinished).toBe(0);
    for (const { mean } of rows) expect(mean.finetunedError).toBeLessThan(1e-8);
    const errors = rows.map((row) => row.mean.finetunedErrorOod);
    expect(Math.min(...errors)).toBeLessThan(0.9 * Math.min(errors[0]!, errors.at(-1)!));
  });

  it("averages over seeds, each of which is the same on its own", async () => {
    const two = await run({ ...options, taus: [0, 4], seeds: 2 });
    const one = await run({ ...options, taus: [4], seeds: 1 });
    const [first, second] = two.rows[1]!.runs.map((measures) => measures.euclidean) as [number, number];
    expect(one.rows[0]!.runs[0]).toEqual(two.rows[1]!.runs[0]);
    expect(one.rows[0]!.standardError).toBeNull();
    expect(two.rows[1]!.mean.euclidean).toBeCloseTo((first + second) / 2, 12);
    expect(two.rows[1]!.standardError!.euclidean).toBeCloseTo(Math.abs(first - second) / 2, 12);
  });

  it("says how far it is, and stops when asked", async () => {
    const stop = new AbortController();
    const done: number[] = [];
    const onProgress = (count: number): void => {
      done.push(count);
      if (count === 3) stop.abort(new Error("stopped"));
    };
    await expect(run({ ...options, signal: stop.signal, onProgress })).rejects.toThrow("stopped");
    expect(done).toEqual([1, 2, 3]);
  });
});
