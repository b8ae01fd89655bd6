import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createProgress, patiently, showing, silent, type Progress, type ProgressStream } from "./progress.js";

let said: string;
const sink = (more: Partial<ProgressStream> = {}): ProgressStream =>
  Object.assign(new Writable({ write: (chunk, _, done) => ((said += String(chunk)), done()) }), more);

beforeEach(() => {
  said = "";
  vi.useFakeTimers({ toFake: ["performance", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe("progress", () => {
  it("shows the time left of the whole search in place of a run's own", () => {
    const listener = showing(createProgress(sink(), 0));
    const step = (done: number): void => {
      vi.advanceTimersByTime(1000);
      listener({ kind: "search", done: done / 10, left: 12 - done / 10 });
      listener({ kind: "progress", task: "fine-tuning, tau 4", done, total: 40, unit: "steps" });
    };
    for (let i = 1; i <= 5; i++) step(i);
    // 0.5 epochs in 4 seconds since the first step, 11.5 are left.
    expect(said).toMatch(/fine-tuning, tau 4: 5\/40 steps · .* · 1 min 32 s left in all/);
    listener({ kind: "search", done: 12, left: 0 });
    listener({ kind: "progress", task: "exported model", done: 1, total: 10, unit: "images" });
    vi.advanceTimersByTime(1000);
    listener({ kind: "progress", task: "exported model", done: 2, total: 10, unit: "images" });
    expect(said.trimEnd().split("\n").at(-1)).not.toContain("in all");
  });

  it("takes a rate from what was done while it watched, not from a first batch or what a resumed task had done", () => {
    for (const first of [48, 900]) {
      said = "";
      const task = createProgress(sink(), 0).task("images", 1000, "images");
      vi.advanceTimersByTime(2000);
      task.update(first);
      expect(said).toBe(`images: ${first}/1000 images\n`);
      vi.advanceTimersByTime(2000);
      task.update(first + 40);
      expect(said).toContain(`20/s · ${first === 48 ? "46 s" : "3.0 s"} left`);
      task.end();
      expect(said).toContain(`${first + 40}/1000 images in 4.0 s (20/s)`);
    }
  });

  it("writes plain lines into a pipe, and where the terminal cannot move its cursor", () => {
    vi.stubEnv("TERM", "dumb");
    for (const stream of [sink(), sink({ isTTY: true })]) {
      const task = createProgress(stream).task("images", 2, "images");
      task.update(1);
      task.end();
    }
    // eslint-disable-next-line no-control-regex
    expect(said).not.toMatch(/[\u001b\r]/);
    expect(said.match(/^images: 1\/2 images/gm)).toHaveLength(2);
  });

  it("is silent about what is done at once", () => {
    const began: string[] = [];
    const listening: Progress = { ...silent, task: (label) => (began.push(label), silent.task("", 1, "")) };
    const task = patiently(listening, 2).task("images", 3, "images");
    task.update(1);
    expect(began).toEqual([]);
    vi.advanceTimersByTime(2001);
    task.update(2);
    task.update(3);
    task.end();
    expect(began).toEqual(["images"]);
  });
});
