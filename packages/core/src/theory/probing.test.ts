import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { energy } from "./measures.js";
import { probe } from "./probing.js";
import { drawTask, featuresOf, residual, type LinearTask } from "./setup.js";

const sizes = { d: 20, h: 3, n: 10, k: 2, span: 8, angle: 30, headNorm: 1, seed: 0 };
const taus = [0, 0.5, 1, 2, 4, 8, 16, 32, Infinity];

function squaredResidual(task: LinearTask, v: Matrix): number {
  return residual(task, { B: task.start.B, v }).norm() ** 2;
}

describe("head probing in closed form", () => {
  it("starts at v_0 and obeys v' = Z_0ᵀ(Y − Z_0 v) / N", () => {
    const task = drawTask(sizes);
    const at = probe(task);
    expect(Matrix.sub(at(0), task.start.v).norm()).toBe(0);
    const Z = featuresOf(task.start.B, task.X);
    for (const tau of [0.1, 1, 5]) {
      const measured = Matrix.sub(at(tau + 1e-5), at(tau - 1e-5)).div(2e-5);
      const expected = Z.transpose()
        .mmul(Matrix.sub(task.Y, Z.mmul(at(tau))))
        .div(sizes.n);
      expect(Matrix.sub(measured, expected).norm()).toBeLessThan(1e-8);
    }
  });

  it("leaves B_0 untouched and lowers the squared residual all the way", () => {
    const task = drawTask(sizes);
    const before = task.start.B.clone();
    const losses = taus.map((tau) => squaredResidual(task, probe(task)(tau)));
    expect(task.start.B).toEqual(before);
    for (const [i, loss] of losses.slice(1).entries()) expect(loss).toBeLessThan(losses[i]!);
  });

  it("may raise the energy while the squared residual falls", () => {
    const rises = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((seed) => {
      const task = drawTask({ ...sizes, seed });
      const energies = taus.map((tau) => energy(task, { B: task.start.B, v: probe(task)(tau) }));
      return energies.slice(1).map((value, i) => value - energies[i]!);
    });
    expect(Math.max(...rises)).toBeGreaterThan(1e-4);
    expect(rises.filter((rise) => rise < 0).length).toBeGreaterThan(0.8 * rises.length);
  });

  it("converges to least squares", () => {
    const task = drawTask(sizes);
    const Z = featuresOf(task.start.B, task.X);
    const leastSquares = new SingularValueDecomposition(Z).solve(task.Y);
    expect(Matrix.sub(probe(task)(Infinity), leastSquares).norm()).toBeLessThan(1e-12);
    expect(squaredResidual(task, leastSquares)).toBeGreaterThan(0.01);
  });

  it("converges to residual 0 if the features have rank N", () => {
    const task = drawTask({ ...sizes, h: 10, span: 10 });
    expect(squaredResidual(task, probe(task)(Infinity))).toBeLessThan(1e-20);
  });

  it("keeps the part of v_0 that no training feature reaches", () => {
    const task = drawTask({ ...sizes, h: 10, span: 4 });
    const Z = featuresOf(task.start.B, task.X);
    const moved = Matrix.sub(probe(task)(Infinity), task.start.v);
    const reachable = new SingularValueDecomposition(Z).rightSingularVectors.subMatrixColumn([0, 1, 2, 3]);
    expect(Matrix.sub(moved, reachable.mmul(reachable.transpose()).mmul(moved)).norm()).toBeLessThan(1e-12);
    expect(moved.norm()).toBeGreaterThan(0.1);
  });
});
