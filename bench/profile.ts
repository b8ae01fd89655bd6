/**
 * Where the time of a training step goes, by ONNX Runtime's own profile: operators, where they ran, calls and milliseconds a step.
 *
 *     npm run bench:profile -- KIND WHAT SIZE BATCH [--device webgpu] [--steps 6] [--shared ../shared] [--keep FILE]
 *
 * KIND and what follows are a case's `work` in bench.ts: `step darknet 64 64`. On a device an operator's time is the
 * processor's time to hand it over; what waits for the device there is what copies a result back (MemcpyToHost, or the
 * step's own end). --keep keeps the runtime's file.
 */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createEngine, type Device } from "@taskhead/core";
import { operatorCosts, type ProfileEvent } from "@taskhead/core/internals";
import ort from "onnxruntime-node";
import { commonOptions } from "./measure.js";
import { measuredStep } from "./steps.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: "string", default: "cpu" },
    steps: { type: "string", default: "6" },
    keep: { type: "string" },
    shared: commonOptions.shared,
  },
});
const [kind = "", what = "", size, batch] = positionals;
const engine = createEngine(ort, { device: values.device as Device, threads: 2 });
const { shared } = values;
const { graph, feeds } = await measuredStep(engine, {
  kind,
  what,
  size: Number(size),
  batch: Number(batch),
  adamw: false,
  shared,
});
const state = [...graph.parameters, ...graph.state];
const folder = mkdtempSync(join(tmpdir(), "profile-"));
const session = await engine.session(graph.model, {
  staying: state.map(({ name }) => `next.${name}`),
  profile: join(folder, "step"),
});
const kept = engine.state(state);
const steps = Number(values.steps);
const scalars = Object.entries(graph.scalars(1, 1e-5)).map(
  ([name, value]) => [name, engine.tensor("float32", Float32Array.of(value), [])] as const,
);
for (let i = 0; i < steps; i++) await kept.step(session, { ...feeds(), ...Object.fromEntries(scalars) });
kept.release();
await session.release();
const file = join(folder, readdirSync(folder)[0]!);
const events = JSON.parse(readFileSync(file, "utf8")) as ProfileEvent[];
if (values.keep) copyFileSync(file, values.keep);
rmSync(folder, { recursive: true });
console.log(`${positionals.join(" ")} on ${values.device}, ${steps} steps without the first`);
console.log("| operator | where | calls a step | ms a step |");
console.log("| --- | --- | --- | --- |");
for (const { operator, provider, calls, milliseconds } of operatorCosts(events))
  console.log(`| ${operator} | ${provider.replace("ExecutionProvider", "")} | ${calls} | ${milliseconds.toFixed(3)} |`);
