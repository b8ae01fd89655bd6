import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keptThreads } from "./kept.js";
import { parseOptions } from "./options.js";

let out: string;
beforeAll(() => (out = mkdtempSync(join(tmpdir(), "threads-"))));
afterAll(() => rmSync(out, { recursive: true }));

test("a run goes on with the threads that it began with, unless others are asked for", () => {
  const threads = (given: Record<string, unknown> = {}): number =>
    parseOptions("train", { backbone: "m.onnx", out, ...given }).threads;
  expect(threads()).toBe(availableParallelism());
  writeFileSync(join(out, "run.json"), JSON.stringify({ configuration: { "--threads": 37 } }));
  expect(threads()).toBe(37);
  expect(threads({ threads: "5" })).toBe(5);
});

test.each(["{}", "[]", "null", "7", "not JSON", '{"configuration":{"--threads":-1}}', '{"configuration":7}'])(
  "a run.json that holds %s says nothing of threads",
  (content) => {
    writeFileSync(join(out, "run.json"), content);
    expect(keptThreads(out)).toBeUndefined();
  },
);
