import { expect, test } from "vitest";
import { channelsOf, meansOverPositions } from "./positions.js";

const values = Float32Array.from({ length: 12 }, (_, i) => i);

test.each([
  ["maps, channels first", [2, 1, 3], 2, [1, 4, 7, 10]],
  ["tokens, channels last", [3, 2], 2, [2, 3, 8, 9]],
  ["vectors, which have no positions", [6], 6, [...values]],
])("means over the positions of %s", (_, shape, channels, means) => {
  expect(channelsOf(shape)).toBe(channels);
  expect([...meansOverPositions(values, shape)]).toEqual(means);
});

test("tokens that fill a sample up count for nothing", () => {
  const values = Float32Array.from([1, 2, 3, 6, 0, 0, 0, 0, 5, -1, 0, 0]);
  expect([...meansOverPositions(values, [3, 2], { filled: true })]).toEqual([2, 4, 5, -1]);
});
