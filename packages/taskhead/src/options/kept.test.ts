import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keptDevice, keptThreads } from "./kept.js";
import { identityOf, parseOptions } from "./options.js";

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

test("a run goes on where it began: auto is another device for a new run alone", () => {
  const device = (given: Record<string, unknown> = {}): string =>
    parseOptions("train", { backbone: "m.onnx", out, ...given }).device;
  writeFileSync(join(out, "run.json"), JSON.stringify({ configuration: { "--threads": 2, "--device": "webgpu" } }));
  expect([device(), device({ device: "auto" }), device({ device: "cpu" })]).toEqual(["webgpu", "webgpu", "cpu"]);
  // A run on the processor, as all were before there was a choice, names none.
  writeFileSync(join(out, "run.json"), JSON.stringify({ configuration: { "--threads": 2 } }));
  expect([device(), device({ device: "auto" })]).toEqual(["cpu", "cpu"]);
  rmSync(join(out, "run.json"));
  expect([device(), device({ device: "auto" })]).toEqual(["cpu", "auto"]);
  const options = parseOptions("train", { backbone: "m.onnx", out });
  expect([options, { ...options, device: "webgpu" as const }].map((o) => identityOf(o)["--device"])).toEqual([
    null,
    "webgpu",
  ]);
});

test.each(["{}", "[]", "null", "7", "not JSON", '{"configuration":{"--threads":-1}}', '{"configuration":7}'])(
  "a run.json that holds %s says nothing of threads and devices",
  (content) => {
    writeFileSync(join(out, "run.json"), content);
    expect(keptThreads(out)).toBeUndefined();
    expect(keptDevice(out)).toBeUndefined();
  },
);

test.skipIf(process.platform === "win32")("a run.json that is a pipe is not waited for", () => {
  rmSync(join(out, "run.json"), { force: true });
  execFileSync("mkfifo", [join(out, "run.json")]);
  expect(keptThreads(out)).toBeUndefined();
});
