import { crossEntropy, float32, GraphBuilder, sgd, trainingStep, type TrainingStep } from "@taskhead/autograd";
import ort from "onnxruntime-node";
import { beforeEach, expect, test } from "vitest";
import { createEngine } from "./create-engine.js";
import type { Engine } from "./engine.js";
import { reusedSessions } from "./reused-sessions.js";
import { Trainer } from "./trainer.js";

const plain = createEngine(ort, { threads: 1 });
let made: number;
let released: number;

/** Counts the sessions that the runtime makes and releases. */
const counting: Engine = {
  ...plain,
  async session(model, options) {
    made++;
    const session = await plain.session(model, options);
    return { ...session, release: () => (released++, session.release()) };
  },
};

beforeEach(() => {
  made = 0;
  released = 0;
});

function step(start: number, momentum = 0.9): TrainingStep {
  const b = new GraphBuilder();
  b.input("x", "float32", ["batch", 3]);
  b.initializer("w", float32(new Float32Array(6).fill(start), [3, 2]));
  b.setOutputs({ logits: b.op("MatMul", ["x", "w"]) });
  return trainingStep(b.model(), {
    loss: crossEntropy({ logits: "logits" }),
    optimizer: sgd({ momentum }),
    trainable: ["w"],
  });
}

const feeds = {
  x: plain.tensor("float32", Float32Array.of(1, 2, 3, -1, 0, 1), [2, 3]),
  target: plain.tensor("int64", BigInt64Array.of(0n, 1n), [2]),
};

async function trained(engine: Engine, graph: TrainingStep, rate: number): Promise<number[]> {
  const trainer = await Trainer.create(engine, graph);
  for (let i = 0; i < 3; i++) await trainer.step(feeds, rate);
  const weights = (await trainer.parameters()).get("w")!;
  await trainer.release();
  return [...weights];
}

test("trainers of one graph share a session, whatever they start from and learn at, to the same weights", async () => {
  const { engine, release } = reusedSessions(counting);
  const runs = [0.1, 0.4].flatMap((start) => [0.5, 0.05].map((rate) => [step(start), rate] as const));
  for (const [graph, rate] of runs)
    expect(await trained(engine, graph, rate)).toEqual(await trained(plain, graph, rate));
  expect([made, released]).toEqual([1, 0]);
  await release();
  expect(released).toBe(1);
});

test("two at once have a session each; another graph's step, and another number of threads, have their own", async () => {
  const { engine, release } = reusedSessions(counting);
  const both = [await Trainer.create(engine, step(0.1)), await Trainer.create(engine, step(0.2))];
  expect(made).toBe(2);
  for (const trainer of both) await trainer.release();
  expect(released).toBe(1);
  await trained(engine, step(0.1, 0.5), 0.1);
  expect([made, released]).toEqual([3, 2]);
  await (await engine.session(step(0.1, 0.5).model, { staying: [], threads: 2 })).release();
  expect(made).toBe(4);
  await release();
  expect(released).toBe(4);
});

test("sessions of other graphs are the engine's own", async () => {
  const { engine } = reusedSessions(counting);
  await (await engine.session(step(0.1).model)).release();
  expect([made, released]).toEqual([1, 1]);
});
