import { expect, test } from "vitest";
import { memoryFault } from "./faults.js";

test("what cannot be allocated is a want of memory, and no other range is", () => {
  const error = new RangeError("WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance");
  expect(memoryFault(error)).toMatch(/^memory is short \(WebAssembly.*\); close other programs, raise the limit/);
  expect(memoryFault(new RangeError("Invalid array length"))).toBeUndefined();
  expect(memoryFault(new Error("out of memory"))).toBeUndefined();
});
