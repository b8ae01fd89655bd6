import { expect, test } from "vitest";
import { compareTaus, measuredTaus, sharesOfEnergy, spread, stepOf, tauKey, type Tau } from "./taus.js";

test("spread picks the ends and taus evenly spaced in energy", () => {
  const stops = [0.9, 0.6, 0.5, 0.45, 0.42, 0.41, 0.3].map((energy, tau) => ({ tau, energy }));
  expect(spread(stops, 3)).toEqual([0, 1, 6]);
  expect(spread(stops, 4)).toEqual([0, 1, 2, 6]);
  expect(spread(stops, 99)).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test("spread takes fractions, and converged as the last", () => {
  const stops: { tau: Tau; energy: number }[] = [
    { tau: "converged", energy: 0.3 },
    { tau: 0, energy: 0.9 },
    { tau: 0.25, energy: 0.7 },
    { tau: 0.5, energy: 0.6 },
    { tau: 1, energy: 0.4 },
  ];
  expect(spread(stops, 3)).toEqual([0, 0.5, "converged"]);
});

test("taus sort by length, optima last, the one without a penalty after the other", () => {
  const taus: Tau[] = [8, "converged:0", "converged", 0.5, 0, 64];
  expect(taus.sort(compareTaus)).toEqual([0, 0.5, 8, 64, "converged", "converged:0"]);
});

test("a tau's key has no colon", () => {
  expect(["converged:0", "converged", 0.5].map((tau) => tauKey(tau as Tau))).toEqual([
    "converged-0",
    "converged",
    "0.5",
  ]);
});

test("a tau is the nearest step, and above 0 at least one", () => {
  expect([0, 0.01, 0.25, 0.5, 1, 2.5].map((tau) => stepOf(tau, 10))).toEqual([0, 1, 3, 5, 10, 25]);
});

test("the first epoch is measured in fractions, each a step of its own", () => {
  expect(measuredTaus(2, 47, true)).toEqual([0, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2]);
  expect(measuredTaus(2, 1, true)).toEqual([0, 1, 2]);
  for (let perEpoch = 1; perEpoch < 100; perEpoch++) {
    const steps = measuredTaus(1, perEpoch, true).map((tau) => stepOf(tau, perEpoch));
    expect(new Set(steps).size).toBe(steps.length);
  }
});

test("large heads are kept at powers of two and the last epoch", () => {
  expect(measuredTaus(12, 1, false)).toEqual([0, 1, 2, 4, 8, 12]);
});

test("shares of the first energy: one start has half, three have three quarters, half and a quarter", () => {
  const stops = [1.2, 1.0, 0.88, 0.65, 0.5, 0.31, 0.2].map((energy, tau) => ({ tau, energy }));
  expect(sharesOfEnergy(stops, 1)).toEqual([3]);
  expect(sharesOfEnergy(stops, 3)).toEqual([2, 3, 5]);
  expect(sharesOfEnergy(stops.toReversed(), 3)).toEqual([2, 3, 5]);
});

test("where energy hardly falls, the start is where it is lowest, once", () => {
  const stops = [0.5, 0.47, 0.49, 0.48].map((energy, tau) => ({ tau, energy }));
  expect(sharesOfEnergy(stops, 1)).toEqual([1]);
  expect(sharesOfEnergy(stops, 3)).toEqual([1]);
});
