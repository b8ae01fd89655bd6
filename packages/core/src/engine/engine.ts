import type { EngineName } from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import type { Session } from "./session.js";
import type { BufferSpec, State } from "./state.js";

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
  /** @param threads for this session alone; the engine's unless given @throws {RuntimeError} if the runtime refuses it */
  session(model: Uint8Array, threads?: number): Promise<Session>;
  /** The runtime's channel-block size on this processor (`blockChannels`); undefined where it has no such layout. */
  channelBlock(): Promise<number | undefined>;
  /** Tensors that training steps read and replace, wherever this engine likes to keep them. */
  state(specs: readonly BufferSpec[]): State;
  /** A tensor that shares `data`, without a copy. */
  tensor<T extends keyof ElementData>(dtype: T, data: ElementData[T], dims: readonly number[]): Tensor;
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
