import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { createEngine } from "./create-engine.js";
import { ParameterBuffers } from "./parameter-buffers.js";

const buffers = () =>
  new ParameterBuffers(createEngine(ort), [
    { name: "w", shape: [2], initial: Float32Array.of(1, 2) },
    { name: "m.w", shape: [2] },
  ]);

test("what a step reads and what it writes never share memory, before and after swaps", () => {
  const b = buffers();
  for (let step = 0; step < 3; step++) {
    const memory = [...Object.values(b.feeds()), ...Object.values(b.fetches())].map(
      (t) => (t.data as Float32Array).buffer,
    );
    expect(new Set(memory).size).toBe(4);
    b.swap();
  }
});

test("a swap makes what was written current; a snapshot is a copy and restores it", () => {
  const b = buffers();
  const before = b.snapshot();
  (b.fetches()["next.w"]!.data as Float32Array).set([7, 8]);
  b.swap();
  expect([...b.snapshot().get("w")!]).toEqual([7, 8]);
  b.restore(before);
  expect([...b.snapshot().get("w")!]).toEqual([1, 2]);
  expect(() => b.restore(new Map([["v", new Float32Array(2)]]))).toThrow(/'v'/);
  expect(() => b.restore(new Map([["w", new Float32Array(3)]]))).toThrow(/2 elements/);
});
