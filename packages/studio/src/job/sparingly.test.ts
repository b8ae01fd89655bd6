import type { TuneEvent } from "@taskhead/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sparingly } from "./sparingly.js";

const progress = (done: number): TuneEvent => ({
  kind: "progress",
  task: "fine-tuning",
  done,
  total: 100,
  unit: "steps",
});

describe("sparingly", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => vi.useRealTimers());

  it("tells of the beginning, the end and what is between every 200 ms", () => {
    const heard: TuneEvent[] = [];
    const hear = sparingly((event) => heard.push(event));
    for (let done = 0; done <= 100; done++) {
      hear(progress(done));
      vi.advanceTimersByTime(20);
    }
    expect(heard).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map(progress));
  });

  it("keeps no message back, and counts each kind by itself", () => {
    const heard: TuneEvent[] = [];
    const hear = sparingly((event) => heard.push(event));
    const all: TuneEvent[] = [
      progress(1),
      { kind: "search", done: 1, left: 3 },
      { kind: "message", text: "epoch 1/4" },
      { kind: "message", text: "epoch 2/4" },
      { kind: "search", done: 4, left: 0 },
      { kind: "end", task: "fine-tuning" },
    ];
    for (const event of all) hear(event);
    expect(heard).toEqual(all);
  });
});
