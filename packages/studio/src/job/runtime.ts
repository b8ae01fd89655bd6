import { createEngine, fastestDevice, type Device, type Engine } from "@taskhead/core";
import * as ort from "onnxruntime-web/webgpu";
import runtimeCode from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import runtimeBinary from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";

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
 * @param asked a device to take without trying
 */
export async function openRuntime(asked?: Device): Promise<OpenedRuntime> {
  const threads = self.crossOriginIsolated ? Math.min(mostThreads, navigator.hardwareConcurrency || 1) : 1;
  ort.env.wasm.wasmPaths = { mjs: runtimeCode, wasm: runtimeBinary };
  ort.env.wasm.numThreads = threads;
  const device = asked ?? ((await hasGpu()) ? await fastestDevice(ort) : "wasm");
  return {
    engine: createEngine(ort, { device }),
    device,
    threads,
    lost: device === "webgpu" ? lossOf(await ort.env.webgpu.device) : new Promise(() => undefined),
  };
}

/** A real one: what stands in for it in software is slower than the processor, and takes its time to show it. */
async function hasGpu(): Promise<boolean> {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  return adapter !== null && adapter !== undefined && !adapter.info.isFallbackAdapter;
}

async function lossOf({ lost }: GPUDevice): Promise<string> {
  const { message, reason } = await lost;
  return message || reason;
}
