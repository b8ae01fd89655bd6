import { expect, test } from "vitest";
import { packed, unpacked } from "./parts.js";

test("pieces come back as they were, wherever their bytes lie", () => {
  const parts = [Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(70_000).fill(7)];
  const bytes = packed(parts);
  expect(unpacked(bytes)).toEqual(parts);
  const shifted = new Uint8Array(bytes.length + 5);
  shifted.set(bytes, 5);
  expect(unpacked(shifted.subarray(5))).toEqual(parts);
  expect(unpacked(packed([]))).toEqual([]);
});
