import { expect, test } from "vitest";
import { trend } from "./trend.js";

test.each([
  [[1, 2, 3], "grows"],
  [[3, 2, 1], "falls"],
  [[1, 3, 2], "grows, then falls"],
  [[3, 1, 2], "falls, then grows"],
  [[1, 3, 1, 3], "neither"],
  [[2, 2 + 1e-12, 2], "flat"],
])("%j: %s", (values, name) => {
  expect(trend(values)).toBe(name);
});

test("moves of less than a fiftieth of the range do not count", () => {
  expect(trend([1, 0.99, 2])).toBe("grows");
  expect(trend([1, 0.97, 2])).toBe("falls, then grows");
});
