import type { EngineName } from "@taskhead/autograd";
import type { InferenceSession as OrtSession, Tensor } from "onnxruntime-common";
import { detectChannelBlock } from "./channel-block.js";
import { discard } from "./discard.js";

/** One loaded model. Tensors are ONNX Runtime's, their data row-major on the CPU. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * Computes every output. An output named in `fetches` is written into that tensor, which must have its type and shape
   * and must not be one of the feeds: the runtime may overwrite an input before it has read it.
   */
  run(feeds: Record<string, Tensor>, fetches?: Record<string, Tensor>): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/** The typed array that holds each element type used here. */
export interface ElementData {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
}

/** An ONNX Runtime, whichever it is: `onnxruntime-node`, `onnxruntime-web`. */
export interface Engine {
  /** What runs the graphs, which may change how gradients are computed. */
  readonly name: EngineName;
  /** @param threads for this session alone; the engine's unless given */
  session(model: Uint8Array, threads?: number): Promise<Session>;
  /** The runtime's channel-block size on this processor (`blockChannels`); undefined where it has no such layout. */
  channelBlock(): Promise<number | undefined>;
  /** A tensor that shares `data`, without a copy. */
  tensor<T extends keyof ElementData>(dtype: T, data: ElementData[T], dims: readonly number[]): Tensor;
}

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
    logSeverityLevel: 3,
    ...(name === undefined ? {} : { executionProviders: [name] }),
  };
  const withThreads = (count: number | undefined): OrtSession.SessionOptions =>
    count === undefined ? sessionOptions : { ...sessionOptions, intraOpNumThreads: count };
  const TensorClass = ort.Tensor as new (dtype: string, data: unknown, dims: readonly number[]) => Tensor;
  let block: Promise<number | undefined> | undefined;
  const engine: Engine = {
    name: name ?? "cpu",
    session: async (model, own = threads) => wrap(await ort.InferenceSession.create(model, withThreads(own))),
    channelBlock: () => (block ??= detectChannelBlock(engine)),
    tensor: (dtype, data, dims) => new TensorClass(dtype, data, dims),
  };
  return engine;
}

/**
 * The threads for a session of small products: one, where a run's products are done before several threads are awake and
 * have met again.
 * @param multiplications of the largest product
 * @returns undefined for the engine's own number
 */
export function threadsFor(multiplications: number): 1 | undefined {
  return multiplications < 2 ** 22 ? 1 : undefined;
}

function wrap(session: OrtSession): Session {
  const unset = Object.fromEntries(session.outputNames.map((name) => [name, null]));
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds, fetches) {
      if (!fetches) return (await session.run(feeds)) as Record<string, Tensor>;
      const outputs = (await session.run(feeds, { ...unset, ...fetches })) as Record<string, Tensor>;
      discardCopies(outputs, fetches);
      return { ...outputs, ...fetches };
    },
    release: () => session.release(),
  };
}

/** Fewer bytes in all are left to the collector: freeing them costs a step two or three percent. */
const worthFreeing = 2 ** 27;

/** `onnxruntime-node` up to 1.30 writes an output where it should, and returns a copy of it nonetheless. */
function discardCopies(outputs: Record<string, Tensor>, fetches: Record<string, Tensor>): void {
  const copies = Object.entries(fetches).flatMap(([name, tensor]) => {
    const [copy, own] = [outputs[name]!.data, tensor.data] as [Float32Array, Float32Array];
    const whole = copy.byteLength === copy.buffer.byteLength;
    return whole && copy.buffer !== own.buffer ? [copy.buffer as ArrayBuffer] : [];
  });
  if (copies.reduce((bytes, { byteLength }) => bytes + byteLength, 0) >= worthFreeing) discard(copies);
}
