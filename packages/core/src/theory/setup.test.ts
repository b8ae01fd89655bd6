import { Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";
import { expect, test } from "vitest";
import { drawTask, residual } from "./setup.js";

const sizes = { d: 20, h: 4, n: 10, k: 4, span: 6, angle: 25, headNorm: 0.5, seed: 0 };

test("the rows of B_0 are orthonormal and stand at the given angle to those of B_*", () => {
  const { start, truth } = drawTask(sizes);
  expect(Matrix.sub(start.B.mmul(start.B.transpose()), Matrix.eye(4)).norm()).toBeLessThan(1e-12);
  // With k = h outputs w_* spans the row space of B_*.
  const cosines = new SingularValueDecomposition(start.B.mmul(new QrDecomposition(truth).orthogonalMatrix)).diagonal;
  for (const cosine of cosines) expect(cosine).toBeCloseTo(Math.cos((25 * Math.PI) / 180), 10);
});

test("training inputs lie in the span, which they fill, and their targets have no noise", () => {
  const { X, Y, span, truth } = drawTask(sizes);
  expect(Matrix.sub(X, X.mmul(span).mmul(span.transpose())).norm()).toBeLessThan(1e-12);
  expect(new SingularValueDecomposition(X, { autoTranspose: true }).diagonal.filter((s) => s > 1e-6)).toHaveLength(6);
  expect(Matrix.sub(Y, X.mmul(truth)).norm()).toBe(0);
});

test("the head starts with the given norm, and a seed decides the whole task", () => {
  const task = drawTask(sizes);
  expect(task.start.v.norm()).toBeCloseTo(0.5, 12);
  expect(residual(drawTask(sizes), task.start).to1DArray()).toEqual(residual(task, task.start).to1DArray());
  expect(drawTask({ ...sizes, seed: 1 }).X.get(0, 0)).not.toBe(task.X.get(0, 0));
});

test.each([
  [{ n: 20 }, "n = 20 is not below d = 20"],
  [{ h: 11 }, "h = 11 is above d/2 = 10"],
  [{ span: 11 }, "span = 11 is above n = 10"],
  [{ h: 0 }, "h wants a whole number of at least 1, not 0"],
  [{ k: 1.5 }, "k wants a whole number of at least 1, not 1.5"],
  [{ angle: NaN }, "angle wants degrees from 0 to 90, not NaN"],
  [{ angle: 500 }, "angle wants degrees from 0 to 90, not 500"],
  [{ seed: NaN }, "seed wants a whole number, not NaN"],
  [{ headNorm: 1e30 }, "headNorm wants a number from 0 to 1000, not 1e+30"],
  [{ headNorm: -1 }, "headNorm wants a number from 0 to 1000, not -1"],
])("refuses %j", (given, message) => {
  expect(() => drawTask({ ...sizes, ...given })).toThrow(message);
});
