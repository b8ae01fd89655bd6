import { GraphBuilder } from "@taskhead/autograd";
import { createEngine, fastestDevice, type Device, type Engine } from "@taskhead/core";
import { lackOf } from "@taskhead/core/internals";
import * as ort from "onnxruntime-web/webgpu";
import runtimeCode from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import runtimeBinary from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import type { Kind } from "./project.js";

/** What computes in this tab. */
export interface OpenedRuntime {
  readonly engine: Engine;
  readonly device: Device;
  readonly threads: number;
  /** Settles when the GPU is lost, with what the browser says of it; never without one. */
  readonly lost: Promise<string>;
}

/** More threads than that gain little on the sizes that are trained in a tab. */
const mostThreads = 8;

/**
 * ONNX Runtime from this page's own files, on the device that multiplies matrices fastest: a GPU that is there in software
 * alone is slower than the processor. Threads need a page that shares its memory with no other.
 * Texts get one thread: gradients of their tables add rows, of which several lose some, and in browsers the runtime has one
 * number of threads for all sessions.
 * @param asked a device to take without trying
 */
export async function openRuntime(kind: Kind, asked?: Device): Promise<OpenedRuntime> {
  const several = self.crossOriginIsolated && kind === "pictures";
  const threads = several ? Math.min(mostThreads, navigator.hardwareConcurrency || 1) : 1;
  ort.env.wasm.wasmPaths = { mjs: runtimeCode, wasm: runtimeBinary };
  ort.env.wasm.numThreads = threads;
  const wanted = asked ?? ((await hasGpu()) ? await fastestDevice(ort) : "wasm");
  // What was begun on a GPU goes on without one where there is none any more.
  // What was begun on a GPU goes on without one where there is none any more.
  const device = wanted === "webgpu" && (await lackOf(ort, wanted)) !== undefined ? "wasm" : wanted;
  const engine = createEngine(ort, { device });
  return { engine, device, threads, lost: device === "webgpu" ? lossOf(engine) : new Promise(() => undefined) };
}

/** A real one: what stands in for it in software is slower than the processor, and takes its time to show it. */
async function hasGpu(): Promise<boolean> {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  return adapter !== null && adapter !== undefined && !adapter.info.isFallbackAdapter;
}

/**
 * Settles when the device is lost. The runtime gives the device away with its last session, which would look like that: one
 * stays open.
 */
async function lossOf(engine: Engine): Promise<string> {
  const b = new GraphBuilder("open");
  b.setOutputs({ y: b.op("Relu", [b.input("x", "float32", ["n"])]) });
  await engine.session(b.model());
  const { message, reason } = await (await ort.env.webgpu.device).lost;
  return message || reason;
}
