import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { rarely } from "./rarely.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what changes all the time is told now and then, the newest of it", () => {
  const told: string[] = [];
  const hear = rarely((text) => told.push(text), 5000);
  for (let i = 0; i < 110; i++) {
    hear(`${i}`);
    vi.advanceTimersByTime(100);
  }
  expect(told).toEqual(["9", "59", "109"]);
});

test("the last word is told, and once", () => {
  const told: string[] = [];
  const hear = rarely((text) => told.push(text), 5000);
  hear("a");
  hear("b");
  vi.advanceTimersByTime(1000);
  hear("c");
  hear("b");
  vi.advanceTimersByTime(60_000);
  hear("d");
  vi.advanceTimersByTime(1000);
  expect(told).toEqual(["b", "d"]);
});
