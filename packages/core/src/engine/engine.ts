import type { EngineName, Model } from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import type { Device } from "./device.js";
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

export interface SessionOptions {
  /** For this session alone; the engine's unless given. */
  readonly threads?: number;
  /**
   * Outputs that are only fed again, to a session of the same engine: they stay where they are computed. Their data can be
   * read by `State` alone.
   */
  readonly staying?: readonly string[];
  /**
   * Runs leave this thread free while a device works (`meanwhile` of `Session.run`): outputs are brought to the host when
   * that is done. They have to be float32. On a processor it changes nothing.
   */
  readonly overlapping?: boolean;
  /** Refuses a model of which the runtime would leave a part to the processor. */
  readonly wholly?: boolean;
  /** Where the runtime writes its profile once the session is released: the beginning of a path, to which it adds a time. */
  readonly profile?: string;
}

/** An ONNX Runtime, whichever it is: `onnxruntime-node`, `onnxruntime-web`. */
export interface Engine {
  /** What runs the graphs, which may change how gradients are computed. */
  readonly name: EngineName;
  /** Where they run: results differ in the last digits between devices. */
  readonly device: Device;
  /** The processor, for what is too small to be worth a device's way there and back, probing above all; itself on a processor. */
  readonly processor: Engine;
  /** @param model or its file @throws {RuntimeError} if the runtime refuses it */
  session(model: Model | Uint8Array, options?: SessionOptions): Promise<Session>;
  /** The runtime's channel-block size on this processor (`blockChannels`); undefined where it has no such layout. */
  channelBlock(): Promise<number | undefined>;
  /** Whether the runtime computes in float64 here. */
  doublePrecision(): Promise<boolean>;
  /** Whether the device itself has products of float16: a processor computes them in float32. */
  halfPrecision(): Promise<boolean>;
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
