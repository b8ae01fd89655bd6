import { Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { finetune, gradientFlow } from "./flow.js";
import { drawTask, featuresOf, residual, type LinearTask, type Network } from "./setup.js";

const task = drawTask({ d: 16, h: 3, n: 10, k: 1, span: 5, angle: 30, headNorm: 1, seed: 2 });

/** v vᵀ − B Bᵀ, which the flow conserves (Du, Hu and Lee 2018). */
function balance({ B, v }: Network): Matrix {
  return Matrix.sub(v.mmul(v.transpose()), B.mmul(B.transpose()));
}

function loss(given: LinearTask, network: Network): number {
  return residual(given, network).norm() ** 2 / (2 * given.X.rows);
}

/** Gradient descent in both layers, `time / rate` steps. */
function descend(given: LinearTask, rate: number, time: number): Network {
  const { velocity } = gradientFlow(given);
  let network = given.start;
  for (let step = 0; step < time / rate; step++) {
    const { B, v } = velocity(network);
    network = { B: Matrix.add(network.B, B.mul(rate)), v: Matrix.add(network.v, v.mul(rate)) };
  }
  return network;
}

describe("the gradient flow", () => {
  it("has the loss's gradient as its velocity", () => {
    const many = drawTask({ d: 8, h: 3, n: 6, k: 2, span: 5, angle: 30, headNorm: 1, seed: 0 });
    const { velocity } = gradientFlow(many);
    const fall = velocity(many.start);
    for (const layer of ["B", "v"] as const)
      for (let i = 0; i < many.start[layer].rows; i++)
        for (let j = 0; j < many.start[layer].columns; j++) {
          const [up, down] = [1e-5, -1e-5].map((step) => {
            const nudged = many.start[layer].clone();
            nudged.set(i, j, nudged.get(i, j) + step);
            return loss(many, { ...many.start, [layer]: nudged });
          });
          expect(-(up! - down!) / 2e-5).toBeCloseTo(fall[layer].get(i, j), 8);
        }
  });

  it("comes to rest with every training target met", () => {
    const end = finetune(task, task.start);
    expect(end.converged).toBe(true);
    expect(loss(task, end)).toBeLessThan(1e-10 * loss(task, task.start));
  });

  it("stays where it is when nothing is left to learn", () => {
    const end = finetune(task, finetune(task, task.start));
    expect(end.converged).toBe(true);
    expect(Matrix.sub(end.B, finetune(task, task.start).B).norm()).toBeLessThan(1e-6);
  });

  it("conserves v vᵀ − B Bᵀ", () => {
    const end = finetune(task, task.start);
    const drift = Matrix.sub(balance(end), balance(task.start)).norm();
    expect(drift).toBeLessThan(1e-7);
    expect(Matrix.sub(end.B, task.start.B).norm()).toBeGreaterThan(0.1);
  });

  it("leaves features of inputs orthogonal to all training inputs where they were", () => {
    const end = finetune(task, task.start);
    const project = (X: Matrix): Matrix => X.mmul(task.span).mmul(task.span.transpose());
    const inputs = Matrix.eye(16);
    const moved = (X: Matrix): number => Matrix.sub(featuresOf(end.B, X), featuresOf(task.start.B, X)).norm();
    expect(moved(Matrix.sub(inputs, project(inputs)))).toBeLessThan(1e-12);
    expect(moved(project(inputs))).toBeGreaterThan(0.1);
  });
});

describe("gradient descent with rate η", () => {
  it("lets v vᵀ − B Bᵀ drift by O(η): half the rate, half the drift", () => {
    const drift = (rate: number): number => Matrix.sub(balance(descend(task, rate, 20)), balance(task.start)).norm();
    expect(drift(0.1)).toBeGreaterThan(1e-4);
    expect(drift(0.1) / drift(0.05)).toBeCloseTo(2, 0);
    expect(drift(0.05) / drift(0.025)).toBeCloseTo(2, 1);
  });

  it("ends where the flow ends, but for O(η)", () => {
    const end = finetune(task, task.start);
    const distance = (rate: number): number => Matrix.sub(descend(task, rate, end.time).B, end.B).norm();
    expect(distance(0.1)).toBeLessThan(0.05);
    expect(distance(0.1) / distance(0.05)).toBeCloseTo(2, 0);
  });
});
