import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leftToProcessor, sgd, trainingStep, type TrainingStep } from "@taskhead/autograd";
import { type Backbone, classification, classTargets, createEngine, type Engine, linearHead } from "@taskhead/core";
import { operatorCosts, random, targetTensor, withHead, type Feeds, type ProfileEvent } from "@taskhead/core/internals";
import type { NodeDevice, TuneOptions } from "../options/table.js";
import { deviceFor } from "../runtime/device.js";
import { loadRuntime } from "../runtime/runtime.js";

/** A training step on a device, taken apart. */
export interface MeasuredStep {
  device: NodeDevice;
  batch: number;
  /** Operators by where they ran, the dearest first: calls and milliseconds of a step. */
  operators: { operator: string; processor: boolean; calls: number; milliseconds: number; why: string | null }[];
}

const batch = 8;
const classes = 10;
/** The first of them compiles. */
const steps = 4;
/** Of an open size that is none of the batch, such as a text's tokens. */
const openSize = 16;

/**
 * Takes a few steps of fine-tuning with a linear head, and reads the runtime's own profile of them.
 * @throws {UserError} if the device does not compute here
 */
export async function measureStep(backbone: Backbone, asked: TuneOptions["device"]): Promise<MeasuredStep> {
  const runtime = await loadRuntime();
  const device = await deviceFor(runtime, asked);
  const engine = createEngine(runtime, { device });
  const head = linearHead();
  const model = withHead(backbone, head, classes, head.initial(random(0, "head"), backbone.width, classes));
  const graph = trainingStep(model, {
    loss: classification(classes).loss(),
    optimizer: sgd(),
    trainable: [...backbone.parameters, ...head.parameters],
    engine: engine.name,
    channelBlock: await engine.channelBlock(),
  });
  const left = leftToProcessor(graph.model, engine.name);
  const operators = operatorCosts(await profiled(engine, graph, feedsOf(engine, backbone))).map((cost) => {
    const processor = cost.provider === "CPUExecutionProvider";
    const why = cost.nodes.map((name) => left.get(name)).find((found) => found !== undefined);
    const { operator, calls, milliseconds } = cost;
    return { operator, processor, calls, milliseconds, why: processor ? (why ?? null) : null };
  });
  return { device, batch, operators };
}

async function profiled(engine: Engine, graph: TrainingStep, feeds: Feeds): Promise<ProfileEvent[]> {
  const folder = mkdtempSync(join(tmpdir(), "taskhead-profile-"));
  try {
    const buffers = [...graph.parameters, ...graph.state];
    const session = await engine.session(graph.model, {
      staying: buffers.map(({ name }) => `next.${name}`),
      profile: join(folder, "step"),
    });
    const state = engine.state(buffers);
    for (let i = 1; i <= steps; i++) {
      const scalars = Object.entries(graph.scalars(i, 1e-5)).map(
        ([name, value]) => [name, engine.tensor("float32", Float32Array.of(value), [])] as const,
      );
      await state.step(session, { ...feeds, ...Object.fromEntries(scalars) });
    }
    state.release();
    await session.release();
    return JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!), "utf8")) as ProfileEvent[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A batch that any model takes: ones, which are words too. */
function feedsOf(engine: Engine, { inputs }: Backbone): Feeds {
  const feeds = inputs.map(({ name, dtype, shape }) => {
    const dims = shape.map((size, axis) => (typeof size === "number" ? size : axis === 0 ? batch : openSize));
    const count = dims.reduce((all, size) => all * size, 1);
    if (dtype === "int64") return [name, engine.tensor("int64", new BigInt64Array(count).fill(1n), dims)] as const;
    if (dtype === "uint8") return [name, engine.tensor("uint8", new Uint8Array(count).fill(1), dims)] as const;
    return [name, engine.tensor("float32", new Float32Array(count).fill(1), dims)] as const;
  });
  const targets = classTargets(Array.from({ length: batch }, (_, i) => i % classes));
  return { ...Object.fromEntries(feeds), target: targetTensor(engine, targets) };
}
