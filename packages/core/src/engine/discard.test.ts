import { markAsUntransferable } from "node:worker_threads";
import { expect, test } from "vitest";
import { discard } from "./discard.js";

test("buffers are empty afterwards, however often it is called", async () => {
  for (let i = 0; i < 3; i++) {
    const buffers = [new ArrayBuffer(8), new ArrayBuffer(1 << 20)];
    discard(buffers);
    expect(buffers.map((b) => b.byteLength)).toEqual([0, 0]);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
});

test("memory is given back at once", () => {
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 40; i++) discard([new Uint8Array(1 << 25).fill(1).buffer]);
  expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
});

test("what cannot be handed over stays as it is", () => {
  const pinned = new ArrayBuffer(64);
  markAsUntransferable(pinned);
  discard([pinned]);
  expect(pinned.byteLength).toBe(64);
});
