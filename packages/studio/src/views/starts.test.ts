import { expect, test } from "vitest";
import { saidOfCurve, saidOfStart } from "./starts.js";

const accuracy = { name: "accuracy", percent: true, chance: 0.5 };
const point = (tau: number, energy: number, validationScore: number | null) => ({
  tau,
  energy,
  validationScore,
});

test("a start says its tau, its energy and its score", () => {
  expect(saidOfStart(point(0.25, 0.5, 0.75), accuracy)).toBe("tau 0.25, energy 0.50, validation 75.0\u00a0%");
});

test("the curve says where it begins and where it ends", () => {
  const points = [point(0, 1, 0.25), point(1, 0.7, null), point(16, 0.25, 0.875)];
  expect(saidOfCurve(points, { name: "R²", percent: false, chance: 0 })).toBe(
    "energy and R² against epochs of probing: by tau 16 energy went from 1.00 to 0.25, validation R² from 0.250 to 0.875",
  );
});
