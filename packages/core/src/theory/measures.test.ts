import { Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { random } from "../data/random.js";
import { finetune } from "./flow.js";
import { energy, relativeError } from "./measures.js";
import { probe } from "./probing.js";
import { drawTask, type Network, type TaskOptions } from "./setup.js";

const sizes: TaskOptions = { d: 24, h: 4, n: 16, k: 1, span: 8, angle: 0, headNorm: 1, seed: 1 };

/** The task, and what linear probing (LP) and fine-tuning from the random head (FT) make of it. */
function train(options: TaskOptions) {
  const task = drawTask(options);
  const lp: Network = { B: task.start.B, v: probe(task)(Infinity) };
  return { task, lp, ft: finetune(task, task.start) };
}

describe("with perfect features", () => {
  it("converged LP is right everywhere, FT from a random head only on the training span", () => {
    const { task, lp, ft } = train(sizes);
    expect(relativeError(task, lp, 1)).toBeLessThan(1e-20);
    expect(relativeError(task, ft)).toBeLessThan(1e-9);
    expect(relativeError(task, ft, 1)).toBeGreaterThan(0.1);
  });
});

describe("with imperfect features", () => {
  it("FT is right on the training span, LP is not", () => {
    const { task, lp, ft } = train({ ...sizes, angle: 40 });
    expect(energy(task, lp)).toBeGreaterThan(0.01);
    expect(relativeError(task, lp)).toBeGreaterThan(0.01);
    expect(relativeError(task, ft)).toBeLessThan(1e-9);
  });

  it("LP is right on the training span too where it can fit every target", () => {
    const { task, lp } = train({ ...sizes, angle: 40, h: 10 });
    expect(energy(task, lp)).toBeLessThan(1e-10);
    expect(relativeError(task, lp)).toBeLessThan(1e-18);
    expect(relativeError(task, lp, 1)).toBeGreaterThan(0.01);
  });
});

describe("the measures", () => {
  it("give the relative error that drawn inputs have", () => {
    const { d, span: dimension } = sizes;
    const { task, lp } = train({ ...sizes, angle: 40 });
    const rng = random(0, "inputs");
    let [error, target] = [0, 0];
    for (let n = 0; n < 20_000; n++) {
      const inside = task.span.mmul(normal(dimension, () => rng.normal(1)));
      const anywhere = normal(d, () => rng.normal(0.5));
      const outside = Matrix.sub(anywhere, task.span.mmul(task.span.transpose().mmul(anywhere)));
      const x = Matrix.add(inside, outside).transpose();
      const [y, q] = [x.mmul(task.truth).get(0, 0), x.mmul(lp.B.transpose()).mmul(lp.v).get(0, 0)];
      error += (y - q) ** 2;
      target += y ** 2;
    }
    // The ratio's standard error is about 1.4 %: √(2/20,000) from each sum.
    expect(error / target / relativeError(task, lp, 0.5)).toBeGreaterThan(0.95);
    expect(error / target / relativeError(task, lp, 0.5)).toBeLessThan(1.05);
  });

  it("give predicting 0 an error of 1, and its mean ‖y‖ as energy", () => {
    const { task } = train({ ...sizes, k: 2 });
    const nothing = { B: task.start.B, v: Matrix.zeros(sizes.h, 2) };
    expect(relativeError(task, nothing, 1)).toBeCloseTo(1, 12);
    const lengths = task.Y.to2DArray().map((y) => Math.hypot(...y));
    expect(energy(task, nothing)).toBeCloseTo(lengths.reduce((a, b) => a + b) / sizes.n, 12);
  });
});

function normal(size: number, draw: () => number): Matrix {
  return Matrix.columnVector(Array.from({ length: size }, draw));
}
