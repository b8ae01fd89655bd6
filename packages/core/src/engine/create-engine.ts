import type { EngineName } from "@taskhead/autograd";
import type { InferenceSession as OrtSession, Tensor } from "onnxruntime-common";
import { detectChannelBlock } from "./channel-block.js";
import { discard } from "./discard.js";
import type { Engine } from "./engine.js";
import { RuntimeError } from "./errors.js";
import type { Feeds, Session } from "./session.js";
import { HostState } from "./host-state.js";

export interface EngineOptions {
  /** Where sessions are opened; left out, where the runtime likes, which is `cpu` for `onnxruntime-node`. */
  name?: EngineName;
  /** Threads within one operator; the runtime's own choice when left out. */
  threads?: number;
}

/** The two classes of an ONNX Runtime package that an engine needs. */
export type OnnxRuntime = Pick<typeof import("onnxruntime-common"), "InferenceSession" | "Tensor">;

/**
 * Wraps an ONNX Runtime: `createEngine(await import("onnxruntime-node"))`, or
 * `createEngine(await import("onnxruntime-web/webgpu"), { name: "webgpu" })`.
 */
export function createEngine(ort: OnnxRuntime, { name, threads }: EngineOptions = {}): Engine {
  const sessionOptions: OrtSession.SessionOptions = {
    // What goes wrong is thrown; the runtime would print it too, with the names that a model has.
    logSeverityLevel: 4,
    ...(name === undefined ? {} : { executionProviders: [name] }),
  };
  const withThreads = (count: number | undefined): OrtSession.SessionOptions =>
    count === undefined ? sessionOptions : { ...sessionOptions, intraOpNumThreads: count };
  const TensorClass = ort.Tensor as new (dtype: string, data: unknown, dims: readonly number[]) => Tensor;
  let block: Promise<number | undefined> | undefined;
  const engine: Engine = {
    name: name ?? "cpu",
    session: async (model, own = threads) =>
      wrap(await told(() => ort.InferenceSession.create(model, withThreads(own)))),
    state: (specs) => new HostState(engine, specs),
    channelBlock: () => (block ??= detectChannelBlock(engine)),
    tensor: (dtype, data, dims) => new TensorClass(dtype, data, dims),
  };
  return engine;
}

/** @throws {RuntimeError} whatever the runtime throws */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new RuntimeError(error);
  }
}

function wrap(session: OrtSession): Session {
  const inputs = new Set(session.inputNames);
  // Samples feed all that they have; in browsers the runtime refuses what a model does not take.
  const taken = (feeds: Feeds): Feeds => {
    const names = Object.keys(feeds);
    if (names.every((name) => inputs.has(name))) return feeds;
    return Object.fromEntries(names.filter((name) => inputs.has(name)).map((name) => [name, feeds[name]!]));
  };
  const unset = Object.fromEntries(session.outputNames.map((name) => [name, null]));
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(given, fetches) {
      const feeds = taken(given);
      if (!fetches) return (await told(() => session.run(feeds))) as Feeds;
      const outputs = (await told(() => session.run(feeds, { ...unset, ...fetches }))) as Feeds;
      discardCopies(outputs, fetches);
      return { ...outputs, ...fetches };
    },
    release: () => session.release(),
  };
}

/** Fewer bytes in all are left to the collector: freeing them costs a step two or three percent. */
const worthFreeing = 2 ** 27;

/** `onnxruntime-node` up to 1.30 writes an output where it should, and returns a copy of it nonetheless. */
function discardCopies(outputs: Feeds, fetches: Feeds): void {
  const copies = Object.entries(fetches).flatMap(([name, tensor]) => {
    const [copy, own] = [outputs[name]!.data, tensor.data] as [Float32Array, Float32Array];
    const whole = copy.byteLength === copy.buffer.byteLength;
    return whole && copy.buffer !== own.buffer ? [copy.buffer as ArrayBuffer] : [];
  });
  if (copies.reduce((bytes, { byteLength }) => bytes + byteLength, 0) >= worthFreeing) discard(copies);
}
