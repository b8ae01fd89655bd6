import { expect, test } from "vitest";
import { significant, tick } from "./format.js";

test("ticks have no digits that floats add, share their decimals, and stay short", () => {
  expect(tick(0.1 + 0.2)).toBe("0.3");
  expect(tick(0.00009999999999999999)).toBe("1e−4");
  expect([0.82, 0.825, 0.83].map((value) => tick(value, 0.005))).toEqual(["0.820", "0.825", "0.830"]);
  expect([0, 25, 100].map((value) => tick(value, 25))).toEqual(["0", "25", "100"]);
  expect(tick(-3 * 0.1, 0.1)).toBe("−0.3");
  expect(tick(1234567)).toBe("1.235M");
  expect(tick(0.00002, 0.00001)).toBe("0.00002");
  expect(tick(0, 1e-7)).toBe("0");
});

test("a number that rounds up to a power of ten has no digit too many", () => {
  expect([1, 0.99999999, 9.99996].map((value) => significant(value))).toEqual(["1.000", "1.000", "10.00"]);
});
