/**
 * Trains a small convnet on a device, with its state there, and on the processor: `node device-state.js DEVICE`. The losses
 * agree to 1e-5, and another trainer that goes on from a state saved in between comes to the very same weights. Then 200 more
 * steps, after which the process is no larger than after 100. Exit code 1 if one of these does not hold.
 */
import { createEngine, type Device } from "@taskhead/core";
import { Trainer } from "@taskhead/core/internals";
import ort from "onnxruntime-node";
import { convnetBatch, convnetStep } from "./browser/convnet.js";

const [half, rate, tolerance] = [3, 0.05, 1e-5] as const;
/** Garbage that is not yet collected. */
const room = 32 * 2 ** 20;

async function steps(trainer: Trainer, count: number): Promise<number[]> {
  const losses: number[] = [];
  for (let i = 0; i < count; i++) losses.push((await trainer.step(convnetBatch(ort), rate)).loss);
  return losses;
}

async function open(device: Device): Promise<Trainer> {
  const engine = createEngine(ort, { device });
  return Trainer.create(engine, convnetStep(engine.name));
}

const device = process.argv[2] as Device;
const [reference, trainer] = [await open("cpu"), await open(device)];
const expected = await steps(reference, 2 * half);
const losses = await steps(trainer, half);
const saved = await trainer.save();
losses.push(...(await steps(trainer, half)));
const worst = Math.max(...expected.map((loss, i) => Math.abs(losses[i]! - loss)));
const end = await trainer.parameters();

const other = await open(device);
await other.load(saved);
await steps(other, half);
const resumed = await other.parameters();
const differing = [...end].filter(([name, values]) => values.some((v, i) => v !== resumed.get(name)![i]));

await steps(other, 100);
const before = process.memoryUsage().rss;
await steps(other, 100);
const grown = process.memoryUsage().rss - before;
const ok = worst <= tolerance && differing.length === 0 && grown < room;
console.log(
  `state on ${device}: losses within ${worst.toExponential(1)} of the processor's; resumed, ` +
    `${differing.length === 0 ? "the same weights" : `others in ${differing.map(([name]) => name).join(", ")}`}; ` +
    `100 steps more take ${(grown / 2 ** 20).toFixed(1)} MiB: ${ok ? "ok" : "FAIL"}`,
);
process.exit(ok ? 0 : 1);
