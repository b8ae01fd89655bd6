import { expect, test } from "vitest";
import { minimize, type SmoothFunction } from "./lbfgs.js";

/** Rosenbrock's valley in pairs of variables: its only minimum is 0 at (1, …, 1). */
const rosenbrock: SmoothFunction = async (x) => {
  let value = 0;
  const gradient = new Float64Array(x.length);
  for (let i = 0; i < x.length; i += 2) {
    const [a, b] = [1 - x[i]!, x[i + 1]! - x[i]! ** 2];
    value += a * a + 100 * b * b;
    gradient[i] = -2 * a - 400 * x[i]! * b;
    gradient[i + 1] = 200 * b;
  }
  return { value, gradient };
};

const start = Float64Array.from({ length: 20 }, (_, i) => (i % 2 ? 1 : -1.2));

test("finds the minimum of a curved valley", async () => {
  const found = await minimize(rosenbrock, start, { tolerance: 1e-10, iterations: 200 });
  expect(found.reason).toBe("tolerance");
  expect(found.gradientNorm).toBeLessThanOrEqual(1e-10);
  found.x.forEach((v) => expect(v).toBeCloseTo(1, 9));
});

test("solves a badly scaled quadratic, condition 1e6", async () => {
  const scales = Array.from({ length: 15 }, (_, i) => 10 ** ((6 * i) / 14));
  const quadratic: SmoothFunction = async (x) => ({
    value: scales.reduce((sum, s, i) => sum + (s * (x[i]! - i) ** 2) / 2, 0),
    gradient: x.map((v, i) => scales[i]! * (v - i)),
  });
  const found = await minimize(quadratic, new Float64Array(15), { tolerance: 1e-8, iterations: 500 });
  expect(found.reason).toBe("tolerance");
  found.x.forEach((v, i) => expect(v).toBeCloseTo(i, 7));
});

test("says when it stopped at the cap, or where rounding hides the rest", async () => {
  expect((await minimize(rosenbrock, start, { tolerance: 0, iterations: 3 })).reason).toBe("iterations");
  const rough: SmoothFunction = async (x) => {
    const { value, gradient } = await rosenbrock(x);
    return { value: Math.fround(value), gradient: gradient.map(Math.fround) };
  };
  const found = await minimize(rough, start, { tolerance: 0, iterations: 1000, precision: 1e-7 });
  expect(["precision", "tolerance"]).toContain(found.reason);
  found.x.forEach((v) => expect(v).toBeCloseTo(1, 2));
});

test("stops when it is asked to", async () => {
  const controller = new AbortController();
  const onIteration = (iteration: number): void => void (iteration === 2 && controller.abort(new Error("enough")));
  const run = minimize(rosenbrock, start, { tolerance: 0, iterations: 99, signal: controller.signal, onIteration });
  await expect(run).rejects.toThrow("enough");
});
